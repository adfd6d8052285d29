import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { catchSignals } from '../../../src/cli/terminal/signals.js';

/** Signals as they come to a program, on a terminal or not. */
function listen(t: TestContext, isTTY: boolean) {
  for (const stream of [process.stdout, process.stderr]) {
    const before = Object.getOwnPropertyDescriptor(stream, 'isTTY');
    Object.defineProperty(stream, 'isTTY', { value: isTTY, configurable: true });
    t.after(() => (before ? Object.defineProperty(stream, 'isTTY', before) : Reflect.deleteProperty(stream, 'isTTY')));
  }
  const told: string[] = [];
  const signals = catchSignals({
    onFirst: name => told.push(`first ${name}`),
    onIgnored: name => told.push(`ignored ${name}`),
  });
  t.after(() => signals.release());
  return { signals, told };
}

test('a terminal that hangs up stops the run as SIGTERM does', t => {
  const { signals, told } = listen(t, true);
  process.emit('SIGHUP', 'SIGHUP');
  assert.deepEqual(told, ['first SIGHUP']);
  assert.deepEqual([signals.exitCode, signals.signal.aborted], [129, true]);
  process.emit('SIGTERM', 'SIGTERM');
  assert.equal(signals.exitCode, 129);
});

test('without a terminal a hangup is told and changes nothing', t => {
  const { signals, told } = listen(t, false);
  process.emit('SIGHUP', 'SIGHUP');
  assert.deepEqual([signals.exitCode, signals.signal.aborted], [0, false]);
  process.emit('SIGTERM', 'SIGTERM');
  assert.deepEqual(told, ['ignored SIGHUP', 'first SIGTERM']);
  assert.deepEqual([signals.exitCode, signals.signal.aborted], [143, true]);
});
