import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStatusLine, type StatusLine } from '../../src/cli/statusLine.js';

const clear = '\r\x1b[K';

/** What a stream gets of a status line that may be drawn at any time, or hardly ever. */
function written(
  stream: { isTTY?: boolean; columns?: number },
  everyMs: number,
  use: (line: StatusLine) => void,
): string {
  let all = '';
  use(openStatusLine({ ...stream, write: (text: string) => (all += text) }, everyMs, everyMs));
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

test('a terminal has one line that redraws, goes for a message, and is gone at the end', () => {
  const all = written({ isTTY: true }, 0, work);
  assert.equal(all, `one${clear}two${clear}message\nthree${clear}`);
});

test('a line that stays is drawn again below a message, and is left at the end', () => {
  const all = written({ isTTY: true }, 0, line => {
    line.draw('loading');
    line.draw('step 1', { stays: true });
    line.say('message');
    line.end();
    line.say('done');
  });
  assert.equal(all, `loading${clear}step 1${clear}message\nstep 1\ndone\n`);
});

test('a pipe gets plain lines', () => {
  assert.equal(written({}, 0, work), 'one\ntwo\nmessage\nthree\n');
});

test('lines that follow too fast are left out, but those that must be shown now', () => {
  const hourMs = 3_600_000;
  const use = (line: StatusLine) => {
    for (const text of ['one', 'two', 'three']) line.draw(text);
    line.draw('last', { now: true });
  };
  assert.equal(written({ isTTY: true }, hourMs, use), `one${clear}last`);
  assert.equal(written({}, hourMs, use), 'last\n', 'a pipe is not told of work that is soon done');
});

test('a line is cut so that it does not wrap in a terminal, and is whole in a pipe', () => {
  const long = 'x'.repeat(200);
  const use = (line: StatusLine) => line.draw(long);
  assert.equal(written({ isTTY: true, columns: 40 }, 0, use), 'x'.repeat(39));
  assert.equal(written({ isTTY: true, columns: 0 }, 0, use), 'x'.repeat(79), 'a terminal of unknown width');
  assert.equal(written({ columns: 40 }, 0, use), `${long}\n`);
});
