/** A run that is named by what is not its folder: the sentence says what it is, and what to name or do. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { assertRunPath, createRun, openRun } from '../../../src/store/index.js';
import { makeTemporaryFolder } from '../../cli/program.js';
import { description, makeClosedRun } from '../testRuns.js';

const folder = makeTemporaryFolder();
const runs = join(folder, 'my runs');
const at = (name: string) => join(folder, name);
const message = (path: string) =>
  openRun(path).then(
    () => 'opened',
    (error: Error) => error.message,
  );
before(async () => {
  mkdirSync(runs);
  await makeClosedRun(join(runs, 'a.zarr'), [5]);
});

test('a folder of runs names those in it', async () => {
  assert.equal(
    await message(runs),
    `${runs} is no run but a folder with one in it: a.zarr; name one, such as ${runs}/a.zarr`,
  );
});

test('a place inside of a run, there or not, names the run', async () => {
  for (const place of ['checkpoints', 'checkpoints/00000005', 'metrics/d_loss', 'metrics/d_loss/0', 'none/at/all']) {
    const inside = join(runs, 'a.zarr', place);
    assert.equal(await message(inside), `${inside} is inside of a run: name the run itself, ${runs}/a.zarr`);
  }
  const inside = join(runs, 'a.zarr/b.zarr');
  await assert.rejects(assertRunPath(inside, {}), {
    name: 'StoreError',
    message: `${inside} is inside of the run ${runs}/a.zarr, which holds only Zarr; choose another path`,
  });
});

test('a zip of a run says how to unpack it, and that is right', async () => {
  const bytes = new Uint8Array(3);
  const zips = {
    'a.zarr.zip': { 'a.zarr/': new Uint8Array(), 'a.zarr/.zattrs': bytes },
    "it's.zip": { '.zgroup': bytes },
    'b.zarr.zip': { 'metrics/.zgroup': bytes },
  };
  const commands = [
    `unzip ${folder}/a.zarr.zip -d ${folder}`,
    `unzip '${folder}/it'\\''s.zip' -d '${folder}/it'\\''s.zarr'`,
    `unzip ${folder}/b.zarr.zip -d ${folder}/b.zarr`,
  ];
  for (const [index, [name, entries]] of Object.entries(zips).entries()) {
    writeFileSync(at(name), zipSync(entries));
    const expected = `${at(name)} is a zip, not a run: unpack it first, with ${commands[index]}, and name the folder`;
    assert.equal(await message(at(name)), expected);
  }
});

test('other files are called what they are', async () => {
  for (const [name, content, problem] of [
    ['a.tar.gz', gzipSync('x'), 'is gzipped, not a run: unpack it first'],
    ['a.html', '<!DOCTYPE html>', 'is a web page (HTML), not a run: was it saved from a browser?'],
    [
      'a.txt',
      'text',
      'is not a run of gan-dist: a run is a folder with .zmetadata, .zattrs, checkpoints, metrics and samples',
    ],
  ] as const) {
    writeFileSync(at(name), content);
    assert.equal(await message(at(name)), `${at(name)} ${problem}`);
  }
});

test('a zip that is unpacked as it says is the run', { skip: !existsSync('/usr/bin/unzip') }, async () => {
  execFileSync('python3', [
    '-c',
    'import shutil, sys; shutil.make_archive(*sys.argv[1:])',
    at('c.zarr'),
    'zip',
    join(runs, 'a.zarr'),
  ]);
  const command = /with (unzip .*), and/.exec(await message(at('c.zarr.zip')))![1]!;
  execFileSync('sh', ['-c', command.replace('unzip', 'unzip -q')]);
  assert.equal((await openRun(at('c.zarr'))).latest?.step, 5);
});

test('a run that was about to be replaced when its writer died is named, and brought back by the next writer', async () => {
  const place = at('kept.zarr');
  await makeClosedRun(place, [5]);
  mkdirSync(`${place}.tmp`);
  renameSync(place, join(`${place}.tmp`, 'replaced-run-1-00'));
  const moved = message(place);
  assert.match(await moved, /^there is no run at \S+kept\.zarr; the one that was to be replaced is whole: mv /);
  await assert.rejects(createRun(place, description, { keep: 0 }), /kept\.zarr exists; /);
  assert.deepEqual((await openRun(place)).checkpoints, [5]);
  assert.equal(existsSync(`${place}.tmp`), false);
});
