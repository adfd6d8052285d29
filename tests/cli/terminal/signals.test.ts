import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { type TestContext, test } from 'node:test';
import { catchSignals } from '../../../src/cli/terminal/signals.js';
import { stopSignals } from '../../../src/cli/terminal/stopSignals.js';

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

/** A process of its own that runs `code` after the first import of the program, and is sent a signal once it says so. */
async function sendTo(name: NodeJS.Signals, code: string) {
  const terminal = new URL('../../../src/cli/terminal/', import.meta.url);
  const program = `
    import '${new URL('firstSignals.js', terminal)}';
    import { catchSignals } from '${new URL('signals.js', terminal)}';
    ${code}
    setInterval(() => {}, 1000);
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', data => {
    stderr += data;
  });
  await once(child.stdout, 'data');
  child.kill(name);
  const [code_, signal] = await once(child, 'close');
  return { code: code_, signal, stderr };
}

test('every signal that announces an end is heard, and gives 128 and its number', async () => {
  assert.ok(stopSignals.length >= 8, stopSignals.join());
  const ends = stopSignals.filter(name => name !== 'SIGHUP');
  const codes = await Promise.all(
    ends.map(name =>
      sendTo(name, 'const s = catchSignals({ onFirst: () => process.exit(s.exitCode) });').then(({ code }) => code),
    ),
  );
  assert.deepEqual(
    codes,
    ends.map(name => 128 + constants.signals[name]),
  );
});

test('set-up ends at the same signals', async () => {
  const text = await readFile(new URL('../../../../scripts/setup/terminal.mjs', import.meta.url), 'utf8');
  const [, list = ''] = /const interruptions = \[([^\]]*)\]/.exec(text) ?? [];
  assert.deepEqual(list.match(/SIG\w+/g)?.sort(), [...stopSignals].sort());
});

test('SIGUSR1 never opens a debugger, and ends a command that has nothing to commit', async () => {
  const { signal, stderr } = await sendTo('SIGUSR1', '');
  assert.equal(signal, 'SIGUSR1');
  assert.equal(stderr, '');
});
