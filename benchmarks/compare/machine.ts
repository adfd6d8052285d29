/** What was measured, and on what. */
import { execFile } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { describeEngine } from '../../src/shared/engine.js';
import { packageRoot } from '../../tests/packageRoot.js';

const run = promisify(execFile);

export interface Machine {
  cpu: string;
  instructionSets: string[];
  threads: number;
  memoryGiB: number;
  platform: string;
  node: string;
  /** TensorFlow under gan-dist and under tfjs. */
  tensorflow: string;
}

export function describeMachine(): Machine {
  const { cpu, instructionSets, platform, tensorflow } = describeEngine();
  return {
    cpu: cpu === 'unknown' ? (cpus()[0]?.model ?? cpu) : cpu,
    instructionSets,
    threads: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform,
    node: process.versions.node,
    tensorflow,
  };
}

/** The commit, and whether sources differ from it. */
export async function describeCommit(): Promise<{ commit: string; changed: boolean }> {
  const git = async (...args: string[]) => (await run('git', args, { cwd: packageRoot })).stdout.trim();
  try {
    const changes = await git('status', '--porcelain', '--', 'src', 'scripts', 'benchmarks', ':!benchmarks/**/*.json');
    return { commit: await git('rev-parse', 'HEAD'), changed: changes !== '' };
  } catch {
    return { commit: 'unknown', changed: true };
  }
}
