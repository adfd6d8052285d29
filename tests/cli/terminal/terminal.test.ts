/** `train` and `inspect` in a terminal, with their colours, their sparklines and their digits. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { showDigits } from '../../../src/cli/terminal/showDigits.js';
import { reference } from '../../../src/model/presets.js';
import { makeSmallRun, makeTemporaryFolder, runWell, smallRun } from '../program.js';
import { runInTerminal } from '../pseudoTerminal.js';
import { showOn } from '../screen.js';

const imageShape = reference.image;

const folder = makeTemporaryFolder();
before(() => makeSmallRun(folder));
const large = { columns: 100, rows: 40 };

test('train draws its steps in place, with the events above, and ends with digits and what to do next', () => {
  const { status, written } = runInTerminal(folder, large, 'train', '--run', 'new.zarr', ...smallRun);
  assert.equal(status, 0, written);
  const { lines } = showOn(large.columns, written);
  assert.match(lines[0]!, /^started at step 0 with \d+ workers?$/);
  assert.match(lines[1]!, /^64 images of MNIST, the first 10,000, 2 steps \(2 an epoch\)/);
  const drawn = lines.findIndex(line => line.startsWith('epoch '));
  assert.match(lines[drawn]!, /^epoch 1\/1 {2}step 2\/2 {2}JSD ≥ -?0\.\d{3} {2}\d+ images\/s {2}0 s left$/);
  assert.match(lines[drawn + 1]!, /^D loss \d\.\d{4} {2}[▁█]{2}$/);
  assert.match(lines[drawn + 2]!, /^G loss \d\.\d{4} {2}[▁█]{2}$/);
  assert.deepEqual(lines.slice(drawn + 3, drawn + 5), ['Done: new.zarr has 2 steps.', 'Its digits: new.zarr.png']);
  // 8 digits of 10 pixels a line, two lines of them.
  assert.deepEqual(lines.slice(drawn + 5, drawn + 15), Array(10).fill('▀'.repeat(80)));
  assert.equal(lines[drawn + 15], 'Next:');
  assert.equal(lines.filter(line => line.startsWith('epoch ')).length, 1);
});

test('Ctrl-C leaves the last drawing whole, and the cursor below all', () => {
  const keys: [string, string] = ['\x03', 'step 1/'];
  const args = ['train', '--run', 'cut.zarr', ...smallRun, '--set=data.limit=320'];
  const { status, written } = runInTerminal(folder, { ...large, keys }, ...args);
  assert.equal(status, 130);
  const { lines, cursor } = showOn(large.columns, written);
  const drawn = lines.findIndex(line => line.startsWith('epoch '));
  assert.match(
    lines[drawn - 1]!,
    /^SIGINT: finishing this step, then a checkpoint; SIGINT again \(Ctrl-C\) stops at once$/,
  );
  assert.match(lines[drawn]!, /^epoch 1\/1 {2}step \d+\/10 /);
  assert.match(
    lines[drawn + 3]!,
    /^Stopped after step \d+, with a checkpoint\. Go on with: npx gan-dist resume cut\.zarr$/,
  );
  assert.deepEqual([lines.length, cursor], [drawn + 4, [drawn + 4, 0]]);
});

test('a run that is resumed draws its losses from its first step on', () => {
  const { status, written } = runInTerminal(folder, large, 'resume', 'new.zarr', '--epochs=3');
  assert.equal(status, 0, written);
  const { lines } = showOn(large.columns, written);
  for (const loss of ['D', 'G'])
    assert.ok(
      lines.some(line => new RegExp(`^${loss} loss \\d\\.\\d{4} {2}[▁-█]{6}$`).test(line)),
      lines.join('\n'),
    );
});

test('inspect shows the newest digits where the terminal can, and otherwise what a pipe gets', () => {
  const plain = runWell(folder, 'inspect', 'small.zarr');
  const inTerminal = (env: Record<string, string>) =>
    runInTerminal(folder, { ...large, env }, 'inspect', 'small.zarr').written.replaceAll('\r\n', '\n');
  const shown = inTerminal({});
  assert.equal(shown.slice(0, plain.length), plain);
  const below = stripVTControlCharacters(shown.slice(plain.length));
  // 7 lines of digits: the rest would scroll out of sight.
  assert.equal(below, `\nsamples/fixed of step 2:\n${`${'▀'.repeat(80)}\n`.repeat(35)}`);
  assert.equal(inTerminal({ NO_COLOR: '1' }), plain);
});

test('digits are shown in the greys that a terminal has, and not where it has too few of them', () => {
  const digits = new Uint8Array(64 * 784);
  const show = (env: Record<string, string>, columns = 80) => {
    // Node's own answer to how many colours there are.
    const getColorDepth = WriteStream.prototype.getColorDepth;
    const stream = { isTTY: true, columns, rows: 24, write: () => {}, getColorDepth };
    return showDigits(digits, imageShape, stream, 10, { TERM: 'xterm-256color', ...env });
  };
  assert.ok(show({}).startsWith('\x1b[38;5;16m'));
  assert.ok(show({ COLORTERM: 'truecolor' }).startsWith('\x1b[38;2;0;0;0m'));
  for (const setting of ['NO_COLOR=1', 'TERM=dumb', 'TERM=xterm', 'CI=true', 'LANG=C']) {
    const [name, value] = setting.split('=') as [string, string];
    assert.equal(show({ [name]: value }), '', setting);
  }
  assert.equal(show({}, 9), '');
  assert.equal(showDigits(digits, imageShape, { write: () => {} }, 10, { TERM: 'xterm-256color' }), '', 'a pipe');
});
