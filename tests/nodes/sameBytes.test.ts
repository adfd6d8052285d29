/**
 * The promise of `engines` in package.json: the bytes are the same whichever Node trains, resumes
 * and generates. The real program in real Nodes, against one run that was not interrupted in the
 * Node that runs the tests.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder } from '../cli/program.js';
import { readRun } from '../coordinator/readRun.js';
import { packageRoot } from '../packageRoot.js';
import { findNode, lacksPromised, promisedVersions } from './nodes.js';

const program = fileURLToPath(new URL('scripts/gan-dist.mjs', packageRoot));
const folder = makeTemporaryFolder();
const small = ['data.source=mnist-10k', 'data.limit=34', 'training.batchSize=11', 'training.shuffle=true'];
small.push('training.discriminatorSteps=2', 'output.checkpointEvery=1', 'output.sampleEvery=1', 'output.keep=0');
const train = ['train', '--run=run.zarr', '--workers=2', ...small.map(setting => `--set=${setting}`)];

describe('the same bytes', { skip: lacksPromised }, () => {
  let expected: Awaited<ReturnType<typeof readOutcome>>;
  before(async () => {
    runProgram(process.execPath, 'expected', ...train, '--steps=2');
    expected = await readOutcome(process.execPath, 'expected');
  });

  for (const [i, version] of promisedVersions.entries()) {
    const other = promisedVersions.at(i - 1)!;
    test(`when Node ${version} starts a run, Node ${other} resumes it, and the first makes digits of it`, async () => {
      const [node, otherNode] = [await findNode(version), await findNode(other)];
      assert.equal(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout, `v${version}\n`);
      runProgram(node, version, ...train, '--steps=1');
      runProgram(otherNode, version, 'resume', 'run.zarr', '--steps=2', '--workers=1');
      assert.deepEqual(await readOutcome(node, version), expected);
    });
  }
});

test('the oldest Node that is tested is the oldest that is promised', () => {
  const { engines } = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8'));
  assert.equal(`>=${promisedVersions[0]}`, `${engines.node}.0`);
});

/** What the run holds, and what a Node makes and says of it. */
async function readOutcome(node: string, name: string) {
  const run = await readRun(join(folder, name, 'run.zarr'));
  const said = ['generate run.zarr --nice --count=4 --workers=1 --out=digits.png', 'inspect run.zarr --verify'].map(
    command => runProgram(node, name, ...command.split(' ')),
  );
  return { run, said, digits: readFileSync(join(folder, name, 'digits.png')) };
}

/** Runs `gan-dist` in a folder of this name; a warning of Node's is a failure. @returns its stdout */
function runProgram(node: string, name: string, ...args: string[]): string {
  const cwd = join(folder, name);
  mkdirSync(cwd, { recursive: true });
  const { status, stdout, stderr } = spawnSync(node, [program, ...args], { cwd, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /warning/i);
  return stdout;
}
