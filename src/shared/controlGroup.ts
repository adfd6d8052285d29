/**
 * What the control group of this process allows, as a container or a scheduler's job has it: memory,
 * processors and threads, in version 1 and 2 of them. Only Linux has them.
 */
import { dirname, join } from 'node:path';
import { readIfThere } from './limits.js';

/** The lowest limits of the group and of those around it; what has none is missing. */
export interface ControlGroup {
  /** Bytes. */
  readonly memory?: number;
  /** Processors, of which it may have parts: a quota of time. */
  readonly processors?: number;
  /** How many there may be, and are. */
  readonly threads?: { readonly most: number; readonly now: number };
}

/** Where version 1 says that there is no limit, it names one that no machine has. */
const noMachineHas = 2 ** 60;

/** @param root - tests give a folder with files of their own */
export function readControlGroup(root = '/'): ControlGroup {
  const groups = listGroups(root);
  const lowest = (values: (number | undefined)[]) => {
    const limits = values.filter(value => value !== undefined && value < noMachineHas) as number[];
    return limits.length > 0 ? Math.min(...limits) : undefined;
  };
  const memory = lowest([
    ...groups('').map(folder => number(join(folder, 'memory.max'))),
    ...groups('memory').map(folder => number(join(folder, 'memory.limit_in_bytes'))),
  ]);
  const processors = lowest([
    ...groups('').map(folder => ratio(readIfThere(join(folder, 'cpu.max')))),
    ...groups('cpu').map(quotaOfVersion1),
  ]);
  const threads = [...groups(''), ...groups('pids')].flatMap(folder => {
    const most = number(join(folder, 'pids.max'));
    return most === undefined ? [] : [{ most, now: number(join(folder, 'pids.current')) ?? 0 }];
  });
  const [tightest] = threads.sort((a, b) => a.most - a.now - (b.most - b.now));
  return { ...(memory && { memory }), ...(processors && { processors }), ...(tightest && { threads: tightest }) };
}

/** Processes that the kernel has killed in this group because it had no more memory. */
export function countKilledForMemory(root = '/'): number {
  const groups = listGroups(root);
  const files = [
    ...groups('').map(folder => join(folder, 'memory.events')),
    ...groups('memory').map(folder => join(folder, 'memory.oom_control')),
  ];
  // Its own group, or where that is not shown the first that is.
  const text = files.map(readIfThere).find(text => text !== undefined) ?? '';
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}

/**
 * The folders of this process's group and of those above it, for a controller of version 1, or for
 * version 2 (''). In a container only those that it shows are there.
 */
function listGroups(root: string): (controller: string) => string[] {
  const lines = (readIfThere(join(root, 'proc/self/cgroup')) ?? '').split('\n').map(line => line.split(':'));
  return controller => {
    const line = lines.find(([, names = '-']) => names.split(',').includes(controller));
    if (!line) return [];
    const path = line.slice(2).join(':');
    const tops = controller === '' ? ['', 'unified'] : [line[1]!, controller];
    return [...new Set(tops)].flatMap(top => listUp(path).map(part => join(root, 'sys/fs/cgroup', top, part)));
  };
}

function listUp(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...listUp(parent)];
}

/** `max`, -1 and what is not there are no number. */
function number(file: string): number | undefined {
  const text = readIfThere(file)?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** `150000 100000` are one and a half. */
function ratio(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').trim().split(' ').map(Number);
  return quota! > 0 && period! > 0 ? quota! / period! : undefined;
}

const quotaOfVersion1 = (folder: string): number | undefined =>
  ratio(`${number(join(folder, 'cpu.cfs_quota_us'))} ${number(join(folder, 'cpu.cfs_period_us'))}`);
