import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStatusLine, type StatusLine } from '../../../src/cli/terminal/statusLine.js';
import type { Environment, OutputStream } from '../../../src/cli/terminal/terminal.js';
import { showOn } from '../screen.js';

type FakeStream = Omit<OutputStream, 'write'> & { columns?: number };

/** What a stream gets of a status line that may be drawn at any time, or hardly ever. */
function written(stream: FakeStream, everyMs: number, use: (line: StatusLine) => void, env: Environment = {}): string {
  let all = '';
  // The stream itself, as its size may change.
  const write = (text: string) => (all += text);
  use(openStatusLine(Object.assign(stream, { write }), everyMs, everyMs, env));
  return all;
}

function work(line: StatusLine): void {
  line.draw('one');
  line.draw('two');
  line.say('message');
  line.draw('three');
  line.end();
  line.end();
}

const clear = '\r\x1b[1A\x1b[J';

test('a terminal has one line that redraws, goes for a message, and is gone at the end', () => {
  const all = written({ isTTY: true }, 0, work);
  assert.equal(all, `one\n${clear}two\n${clear}message\nthree\n${clear}`);
  assert.deepEqual(showOn(80, all), { lines: ['message'], cursor: [1, 0] });
});

test('a line that stays is drawn again below a message, and is left at the end', () => {
  const all = written({ isTTY: true }, 0, line => {
    line.draw('loading');
    line.draw('step 1', { stays: true });
    line.say('message');
    line.end();
    line.say('done');
  });
  assert.deepEqual(showOn(80, all), { lines: ['message', 'step 1', 'done'], cursor: [3, 0] });
});

const block = (text: string) => () => [`\x1b[36m${text}\x1b[39m`, 'below', 'last'];

test('several lines are redrawn in place, below the messages, and the cursor waits below them at any time', () => {
  const all = written({ isTTY: true }, 0, line => {
    line.draw(block('one'), { stays: true });
    line.say('first message');
    line.draw(block('two'), { stays: true });
    line.say('a message\nof two lines');
    line.draw(block('three'), { stays: true });
  });
  const lines = ['first message', 'a message', 'of two lines', 'three', 'below', 'last'];
  assert.deepEqual(showOn(80, all), { lines, cursor: [6, 0] });
});

test('colours take no place', () => {
  const use = (line: StatusLine) => line.draw(({ columns }) => [`\x1b[36m${'x'.repeat(columns)}\x1b[39m`]);
  const all = written({ isTTY: true, columns: 40 }, 0, line => {
    use(line);
    line.say('message');
    line.end();
  });
  assert.equal(all, `\x1b[36m${'x'.repeat(39)}\x1b[39m\n${clear}message\n`);
});

test('what a person types while it is drawn, as the ^C of an interrupt, is gone with the next drawing', () => {
  const stream = { isTTY: true };
  const all = written(stream, 0, line => {
    line.draw(block('one'), { stays: true });
    (stream as unknown as OutputStream).write('^C');
    line.say('SIGINT: stopping');
    line.end();
  });
  assert.deepEqual(showOn(80, all), { lines: ['SIGINT: stopping', 'one', 'below', 'last'], cursor: [4, 0] });
});

test('when the terminal is made narrower, lines that it has wrapped are cleared, and drawn anew as they fit', () => {
  let resize = () => {};
  let isListening = false;
  const stream = {
    isTTY: true,
    columns: 80,
    rows: 24,
    on: (_: string, listener: () => void) => ([resize, isListening] = [listener, true]),
    off: () => (isListening = false),
  };
  let before = '';
  const all = written(stream, 0, line => {
    line.say('message');
    line.draw(({ columns }) => ['x'.repeat(columns), 'y'], { stays: true });
    before = `message\n${'x'.repeat(79)}\ny\n`;
    stream.columns = 30;
    resize();
    assert.ok(isListening);
    line.end();
    assert.ok(!isListening);
  });
  assert.ok(all.startsWith(before));
  assert.deepEqual(showOn(30, all).lines, ['message', 'x'.repeat(29), 'y']);
});

test('a pipe gets plain lines, and so do the log of a CI and a terminal that can only print', () => {
  assert.equal(written({}, 0, work), 'one\ntwo\nmessage\nthree\n');
  assert.equal(written({ isTTY: true }, 0, work, { CI: 'true' }), 'one\ntwo\nmessage\nthree\n');
  assert.equal(written({ isTTY: true }, 0, work, { TERM: 'dumb' }), 'one\ntwo\nmessage\nthree\n');
  assert.notEqual(written({ isTTY: true }, 0, work, { CI: 'false' }), 'one\ntwo\nmessage\nthree\n');
});

test('with NO_COLOR one line redraws, without an escape sequence', () => {
  const views: unknown[] = [];
  const use = (line: StatusLine) => {
    line.draw('a longer one');
    line.draw(view => {
      views.push(view);
      return ['two'];
    });
    line.say('message');
    line.draw('three', { stays: true });
    line.end();
  };
  const stream = { isTTY: true, columns: 40, rows: 50, getColorDepth: () => 24 };
  const all = written(stream, 0, use, { NO_COLOR: '1' });
  assert.ok(!all.includes('\x1b'));
  assert.deepEqual(showOn(40, all), { lines: ['message', 'three'], cursor: [2, 0] });
  assert.deepEqual(views[0], { redraws: 'line', isUnicode: true, columns: 39, rows: 1, colorDepth: 1 });
  assert.ok(written(stream, 0, use, { NO_COLOR: '' }).includes('\x1b'), 'an empty one says nothing');
});

test('a terminal whose locale is not UTF-8 gets ASCII, and a pipe gets all', () => {
  const use = (line: StatusLine) => {
    line.draw('Loading …');
    line.say('log 2 − 1 ≥ “it’s”');
  };
  const spelt = (env: Environment, isTTY = true) => showOn(80, written({ isTTY }, 0, use, env)).lines;
  const [ascii, whole] = [['log 2 - 1 >= "it\'s"'], ['log 2 − 1 ≥ “it’s”']];
  assert.deepEqual(spelt({ LANG: 'C' }), ascii);
  assert.deepEqual(spelt({ LC_ALL: 'POSIX', LANG: 'de_DE.UTF-8' }), ascii);
  assert.deepEqual(spelt({ TERM: 'linux', LANG: 'de_DE.UTF-8' }), ascii);
  for (const env of [{}, { LANG: 'C.UTF-8' }, { LANG: 'C', LC_CTYPE: 'en_US.utf8' }])
    assert.deepEqual(spelt(env), whole);
  assert.deepEqual(spelt({ LANG: 'C' }, false), ['Loading …', ...whole]);
});

test('lines that follow too fast are left out, but those that must be shown now', () => {
  const hourMs = 3_600_000;
  const use = (line: StatusLine) => {
    for (const text of ['one', 'two', 'three']) line.draw(text);
    line.draw('last', { now: true });
  };
  assert.equal(written({ isTTY: true }, hourMs, use), `one\n${clear}last\n`);
  assert.equal(written({}, hourMs, use), 'last\n', 'a pipe is not told of work that is soon done');
});

test('a line is cut so that it does not wrap in a terminal, and is whole in a pipe', () => {
  const long = 'x'.repeat(200);
  const use = (line: StatusLine) => line.draw(long);
  assert.equal(written({ isTTY: true, columns: 40 }, 0, use), `${'x'.repeat(39)}\n`);
  assert.equal(written({ isTTY: true, columns: 0 }, 0, use), `${'x'.repeat(79)}\n`, 'a terminal of unknown width');
  assert.equal(written({ columns: 40 }, 0, use), `${long}\n`);
});
