import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStatusLine } from '../../../src/cli/terminal/statusLine.js';
import type { Environment, OutputStream } from '../../../src/cli/terminal/terminal.js';
import { describeSeconds, showSteps } from '../../../src/cli/train/progress.js';
import { buildConfig, type ConfigKey } from '../../../src/config/config.js';
import { planSchedule } from '../../../src/coordinator/steps/schedule.js';
import { showOn } from '../screen.js';

const config = buildConfig(
  new Map<ConfigKey, unknown>([
    ['training.batchSize', 32],
    ['output.run', '/run'],
  ]),
);
const start = { run: '/run', workers: 1, dataset: { name: 'mine', count: 64 }, batchSize: 32, step: 1 };
const metrics = { dLoss: 0.4, gLoss: 1.2, dReal: 0.7, dFake: 0.3, fakeSpread: 0.5, saturation: 0, fingerprint: 1n };

test('the time left is rounded up, and never has 60 seconds or minutes', () => {
  const texts = {
    '0': '0 s',
    '0.2': '1 s',
    '58.7': '59 s',
    '59.5': '1 min 0 s',
    '61': '1 min 1 s',
    '119.5': '2 min 0 s',
    '3598.1': '59 min 59 s',
    '3599.5': '1 h 0 min',
    '3601': '1 h 1 min',
    '7199': '2 h 0 min',
  };
  const described = Object.keys(texts).map(seconds => [seconds, describeSeconds(Number(seconds))]);
  assert.deepEqual(Object.fromEntries(described), texts);
});

type FakeStream = Omit<OutputStream, 'write'>;

/** What a stream gets of three steps of four, told as fast as they come. */
function writtenOf(stream: FakeStream, env: Environment = {}, saturation = 0): string {
  let all = '';
  const line = openStatusLine({ ...stream, write: text => (all += text) }, 10_000, 100, env);
  line.draw('Loading …');
  const schedule = planSchedule(config, 64, 4);
  const steps = showSteps(line, { ...start, schedule });
  steps.addBefore({ dLoss: [0.9], gLoss: [0] });
  for (const step of [1, 2, 3])
    steps.show({ ...metrics, saturation, dLoss: 0.6 - step / 10, step, stepMs: 500 * step }, schedule.positionAt(step));
  line.say('message');
  line.end();
  return all;
}

const screen = (columns: number, rows = 24, env: Environment = {}, saturation = 0) =>
  showOn(columns, writtenOf({ isTTY: true, columns, rows }, env, saturation)).lines;

test('a terminal has both losses as sparklines from the first step of the run on, below the message', () => {
  const losses = ['D loss 0.3000  █▃▂▁', 'G loss 1.2000  ▁███'];
  const head = 'epoch 2/2  step 4/4  JSD ≥ 0.393  50 images/s  0 s left';
  assert.deepEqual(screen(80), ['message', head, ...losses]);
  assert.deepEqual(screen(60, 9, {}, 1), [
    'message',
    'epoch 2/2  step 4/4  SATURATED  50 images/s  0 s left',
    ...losses,
  ]);
  assert.deepEqual(screen(80, 24, { LANG: 'C' }), [
    'message',
    head.replace('≥', '>='),
    'D loss 0.3000  #-._',
    'G loss 1.2000  _###',
  ]);
});

test('a small terminal, and one without colours, has one line with as much as fits', () => {
  const whole = 'epoch 2/2  step 4/4  D loss 0.3000  G loss 1.2000  JSD ≥ 0.393  50 images/s  0 s left';
  const noColor = { NO_COLOR: '1' };
  assert.deepEqual(screen(100, 6), ['message', whole]);
  assert.deepEqual(screen(100, 24, noColor), ['message', whole]);
  assert.deepEqual(screen(80, 24, noColor), ['message', whole.replace('JSD ≥ 0.393  ', '')]);
  assert.deepEqual(screen(59), ['message', '2/2  4/4  D 0.300  G 1.200  50 images/s  0 s left']);
  assert.deepEqual(screen(40), ['message', '2/2 4/4 D 0.30 G 1.20 50/s 0s']);
  assert.deepEqual(screen(12), ['message', '2/2 4/4 D 0']);
});

test('the losses have a colour each where there are colours, and the numbers have that of the text', () => {
  const drawn = (depth: number) => writtenOf({ isTTY: true, columns: 80, rows: 24, getColorDepth: () => depth });
  assert.ok(
    drawn(24).includes('D loss 0.3000  \x1b[38;5;32m█▃▂▁\x1b[39m\nG loss 1.2000  \x1b[38;5;166m▁███\x1b[39m\n'),
  );
  assert.ok(drawn(4).includes('D loss 0.3000  \x1b[36m█▃▂▁\x1b[39m\nG loss 1.2000  \x1b[35m▁███\x1b[39m\n'));
  assert.ok(!drawn(1).includes('m█'));
});

test('a pipe gets the first and the last step as whole lines, and nothing before', () => {
  assert.equal(
    writtenOf({ columns: 40 }),
    `epoch 1/2  step 2/4  D loss 0.5000  G loss 1.2000  JSD ≥ 0.193  64 images/s  1 s left
epoch 2/2  step 4/4  D loss 0.3000  G loss 1.2000  JSD ≥ 0.393  50 images/s  0 s left
message
`,
  );
});
