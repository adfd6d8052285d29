/**
 * A disk that fills up under the real program: a small file system in memory, mounted in a
 * namespace of the test's own. The run goes on from memory and takes up again, or ends resumable;
 * in the end it is the run that nothing disturbed.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openRun } from '../../src/store/index.js';
import { assertSameAsWhole, readRun } from '../coordinator/readRun.js';
import { main, makeTemporaryFolder, runWell } from './program.js';

/** Eight epochs of two steps, with a checkpoint after each epoch. */
const small = [
  '--epochs=8',
  '--set=data.source=mnist-10k',
  '--set=data.limit=22',
  '--set=training.batchSize=11',
  '--set=output.keep=2',
  '--set=output.keepGenerators=false',
];
const inNamespace = process.env.GAN_DIST_OWN_MOUNTS === '1';
const folder = makeTemporaryFolder();
const disk = join(folder, 'disk');
mkdirSync(disk);
/** Room for three checkpoints of 82 MB and some more. */
const mount = ['mount', '-t', 'tmpfs', '-o', 'size=330m', 'tmpfs', disk];
const filler = join(disk, 'filler');
const fillerBytes = 110e6;
let filling: NodeJS.Timeout | undefined;

/**
 * Leaves no room for a third checkpoint beside two; while a third one is being written, the filler
 * grows into what it leaves.
 */
function fill(): void {
  appendFileSync(filler, '');
  try {
    appendFileSync(filler, Buffer.alloc(fillerBytes - statSync(filler).size));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    filling = setTimeout(fill, 5);
  }
}

function free(): void {
  clearTimeout(filling);
  rmSync(filler);
}

if (!inNamespace) {
  const mayMount = spawnSync('unshare', ['-rm', ...mount]).status === 0;
  test('a disk that fills up costs nothing', { skip: !mayMount && 'no file system can be mounted here' }, () => {
    const env = { ...process.env, GAN_DIST_OWN_MOUNTS: '1', NODE_TEST_CONTEXT: undefined };
    const self = fileURLToPath(import.meta.url);
    const { status, stdout } = spawnSync('unshare', ['-rm', process.execPath, self], { encoding: 'utf8', env });
    assert.equal(status, 0, stdout);
  });
} else {
  before(() => assert.equal(spawnSync(mount[0]!, mount.slice(1)).status, 0));
  after(() => spawnSync('umount', [disk]));

  test('a disk that stays full ends the run after three failures in a row, and resume goes on when there is room', async () => {
    runWell(folder, 'train', '--run=whole.zarr', ...small);
    const run = join(disk, 'run.zarr');
    const full = await runProgram(['train', `--run=${run}`, ...small], { atStep: fill });
    assert.equal(full.status, 1, full.stderr);
    const failures = full.stderr.match(
      /^could not write checkpoint \d+: the disk is full; free some space \(ENOSPC, .*$/gm,
    );
    assert.equal(failures?.length, 2, full.stderr);
    for (const failure of failures!) assert.match(failure, /; the run goes on and tries again at the next checkpoint$/);
    const { latest } = await openRun(run);
    assert.match(
      full.stderr,
      new RegExp(`^The run is safe up to step ${latest?.step}\\. Go on with: npx gan-dist resume`, 'm'),
    );
    assert.match(
      full.stderr,
      /^gan-dist: could not write checkpoint \d+: the disk is full; free some space \(ENOSPC, .*\)$/m,
    );
    const problems = await (await openRun(run)).verify();
    assert.ok(
      problems.every(({ harmless }) => harmless),
      'but for what the commits that failed have left',
    );

    free();
    const resumed = await runProgram(['resume', run], { atStep: fill, atWarning: free });
    assert.equal(resumed.status, 0, resumed.stderr);
    assert.match(resumed.stderr, /; the run goes on and tries again at the next checkpoint$/m);
    await assertSameAsWhole(run, await readRun(join(folder, 'whole.zarr')));
  });
}

/** The program, with something done to the disk when it has done four steps, and when it first says that it goes on. */
async function runProgram(args: string[], on: { atStep: () => void; atWarning?: () => void }) {
  const child = spawn(process.execPath, [main, ...args, '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  let [steps, stderr] = [0, ''];
  createInterface({ input: child.stdout }).on('line', () => ++steps === 4 && on.atStep());
  createInterface({ input: child.stderr }).on('line', line => {
    if (on.atWarning && !stderr.includes('goes on and tries') && line.includes('goes on and tries')) on.atWarning();
    stderr += `${line}\n`;
  });
  const [status] = await closed;
  return { status, stderr };
}
