/** Whether the lock of a run in a folder tells a dead owner in another container from a living one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ganDist } from '../../shared/program.js';
import { describeJob, nodeFileSystem } from '../../store/index.js';
import type { Finding } from './finding.js';

/** Undefined where nothing can be written, which is told of the store; and where there are no containers. */
export function checkLock(dir: string): Finding | undefined {
  if (process.platform !== 'linux') return undefined;
  const folder = makeFolder(dir);
  if (!folder) return undefined;
  try {
    const file = path.join(folder, 'lock');
    writeFileSync(file, '');
    const lock = nodeFileSystem.lockFile(file, true);
    const canLock = lock !== undefined && lock !== 'taken';
    if (canLock) lock.release();
    return describe(dir, canLock, nodeFileSystem.isLocal(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeFolder(dir: string): string | undefined {
  try {
    return mkdtempSync(path.join(dir, '.gan-dist-doctor-'));
  } catch {
    return undefined;
  }
}

function describe(dir: string, canLock: boolean, isLocal: boolean): Finding {
  const job = describeJob();
  if (canLock)
    return { name: 'lock', state: 'ok', found: 'of a run: goes with its process, in whatever container that was' };
  if (job)
    return {
      name: 'lock',
      state: 'ok',
      found: `of a run: taken over from an earlier start of this job (${job.scheduler} ${job.id})`,
    };
  const found = isLocal
    ? 'of a killed container: may be refused, since the addon for it is not compiled'
    : `of a killed container or another machine: may be refused in ${dir}, which is not on a disk of this machine`;
  const advice = isLocal
    ? `Install a C++ compiler and run "${ganDist} setup" (in a clone: "npm run setup").`
    : 'Set GAN_DIST_JOB to the same name in every start of a job, or use resume --take-over (docs/containers.md).';
  return { name: 'lock', state: 'optional', found, advice };
}
