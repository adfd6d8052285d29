import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Command } from 'commander';
import { addDataCommand, showFetched } from '../../../src/cli/commands/data.js';
import { openStatusLine } from '../../../src/cli/terminal/statusLine.js';

const temporary = mkdtempSync(path.join(os.tmpdir(), 'gan-dist-data-command-'));
after(() => rmSync(temporary, { recursive: true }));

const run = async (...words: string[]) => {
  const program = new Command().exitOverride();
  addDataCommand(program);
  await program.parseAsync(['data', 'fetch', ...words], { from: 'user' });
};
const lines = (isTTY: boolean) => {
  const written: string[] = [];
  return {
    written,
    report: showFetched(
      openStatusLine({ isTTY, write: text => written.push(text) }, Number.POSITIVE_INFINITY, 100, {}),
    ),
  };
};
const mirror = 'https://mirror.example/mnist/';

test('data fetch passes its mirrors on, all of them', async () => {
  await assert.rejects(run('--dir', temporary, '--mirror', 'https://a.example/', '--mirror', 'nonsense'), {
    name: 'UsageError',
    message: '--mirror expects the http or https URL of a folder with the files, found "nonsense"',
  });
});

test('data fetch reports what failed, and leaves no file', async () => {
  const dir = path.join(temporary, 'mnist');
  await assert.rejects(run('--dir', dir, '--mirror', 'http://127.0.0.1:1/'), {
    name: 'DataError',
    message: /^no mirror gave train-images-idx3-ubyte\.gz \(http:\/\/127\.0\.0\.1:1\/: bad port\); try again later/,
  });
  assert.ok(!existsSync(path.join(dir, 'train-images-idx3-ubyte.gz')));
});

test('a terminal sees a line that redraws, but not more often than it can be read', () => {
  const { written, report } = lines(true);
  for (let bytes = 0; bytes < 1000; bytes++)
    report({ file: 'a', state: 'loading', mirror, bytes: 4_960_000 + bytes, totalBytes: 9_912_422 });
  report({ file: 'a', state: 'fetched' });
  assert.equal(written[0], 'a: 5.0 MB of 9.9 MB (50 %) from mirror.example\n');
  assert.equal(written.at(-1), '\r\x1b[1A\x1b[Ja: fetched and verified\n');
  assert.ok(written.length < 10);
});

test('a pipe gets a plain line for each file and each failure', () => {
  const { written, report } = lines(false);
  report({ file: 'a', state: 'present' });
  report({ file: 'b', state: 'loading', mirror, bytes: 5 });
  report({ file: 'b', state: 'failed', mirror, problem: 'HTTP 404' });
  assert.deepEqual(written, ['a: already there, and good\n', `b: ${mirror} failed: HTTP 404\n`]);
});
