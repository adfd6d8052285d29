import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSeconds, showSteps } from '../../src/cli/progress.js';
import { openStatusLine } from '../../src/cli/statusLine.js';
import { planSchedule } from '../../src/coordinator/schedule.js';
import { buildConfig, type ConfigKey } from '../../src/shared/config.js';

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

/** What a stream gets of three steps of four, told as fast as they come. */
function writtenOf(stream: { isTTY?: boolean; columns?: number }): string {
  let all = '';
  const line = openStatusLine({ ...stream, write: (text: string) => (all += text) }, 10_000);
  line.draw('Loading …');
  const schedule = planSchedule(config, 64, 4);
  const showStep = showSteps(line, { ...start, schedule });
  for (const step of [1, 2, 3]) showStep({ ...metrics, step, stepMs: 500 * step }, schedule.positionAt(step));
  line.say('message');
  line.end();
  return all;
}

test('a terminal of 40 columns sees the first and the last step in one line, cut to its width', () => {
  const clear = '\r\x1b[K';
  assert.equal(
    writtenOf({ isTTY: true, columns: 40 }),
    [
      'Loading …',
      'epoch 1/2  step 2/4  D loss 0.4000  G l',
      'epoch 2/2  step 4/4  D loss 0.4000  G l',
      'message\nepoch 2/2  step 4/4  D loss 0.4000  G l\n',
    ].join(clear),
  );
});

test('a pipe gets the first and the last step as whole lines, and nothing before', () => {
  const losses = 'D loss 0.4000  G loss 1.2000  JSD ≥ 0.293';
  assert.equal(
    writtenOf({ columns: 40 }),
    `epoch 1/2  step 2/4  ${losses}  64 images/s  1 s left\nepoch 2/2  step 4/4  ${losses}  50 images/s  0 s left\nmessage\n`,
  );
});
