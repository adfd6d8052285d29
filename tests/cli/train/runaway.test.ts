/** A learning rate that is far too large, in the real program: what a person, a program and a reader of the store are told. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openRun } from '../../../src/store/index.js';
import { makeTemporaryFolder, runProgram, runWell } from '../program.js';

test('a game that has run away is told while it is trained, at its end, in the store and by inspect', async () => {
  const folder = makeTemporaryFolder();
  const set = ['data.source=mnist-10k', 'training.batchSize=2', 'training.learningRate=100', 'parallel.slices=1'];
  const settings = set.map(setting => `--set=${setting}`);
  // In two sessions: the steps before a resume count.
  runWell(folder, 'train', '--run=wild.zarr', ...settings, '--steps=60');
  const { status, stdout, stderr } = runProgram(folder, 'resume', 'wild.zarr', '--steps=105', '--json');
  assert.equal(status, 0, stderr);
  const warning =
    'the game has run away: in most of the last 100 steps a loss was above 10 nats, where guessing costs 0.69. More steps seldom bring it back; what usually helps is a new run with a smaller training.learningRate (it is 100; 0.001 is the default); then with larger batches (training.batchSize is 2)';
  const lines = stderr.split('\n');
  assert.equal(lines.filter(line => line === warning).length, 1, stderr);
  assert.match(stderr, / {2}RUN AWAY {2}/);
  assert.match(
    stderr,
    /\nDone: wild\.zarr has 105 steps\.\nBut the game has run away: its losses are above 10 nats\.\n/,
  );
  const codes = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line).saturation & 4);
  assert.deepEqual(
    codes,
    Array.from({ length: 45 }, (_, i) => (i + 60 < 99 ? 0 : 4)),
  );
  const { attributes } = await openRun(join(folder, 'wild.zarr'));
  const [event] = attributes.events.filter(({ message }) => message === warning);
  assert.deepEqual([event?.kind, event?.step], ['saturation', 99]);
  const shown = runWell(folder, 'inspect', 'wild.zarr');
  assert.match(shown, /^ {2}warning {4}the game has run away: its losses are above 10 nats$/m);
  assert.equal(JSON.parse(runWell(folder, 'inspect', 'wild.zarr', '--json')).lastStep.saturation & 4, 4);
});
