/** Paths that are not plain ones, through the real program: each is taken as it is meant, or refused. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { shorten } from '../../src/cli/output/saySafe.js';
import { assertFails, main, makeTemporaryFolder, runProgram, smallRun } from './program.js';

const folder = makeTemporaryFolder();
const home = join(folder, 'home');
const runAtHome = (cwd: string, ...args: string[]) =>
  spawnSync(process.execPath, [main, ...args], { cwd, encoding: 'utf8', env: { ...process.env, HOME: home } });
/** What was said at the end of a training into a run with a name that shells and options have a meaning for. */
let said: string;
before(() => {
  mkdirSync(home);
  const name = '~it\'s "mine" $HOME.zarr';
  const { status, stderr } = runProgram(home, 'train', `--run=./${name}`, ...smallRun);
  assert.equal(status, 0, stderr);
  said = stderr;
  cpSync(join(home, name), join(home, 'small.zarr'), { recursive: true });
});

test('~ is the home folder in a config, in --set and in options and arguments that the shell left', () => {
  writeFileSync(join(home, 'c.yaml'), `output:\n  run: ~/from-config.zarr\ndata:\n  dir: ~/nowhere\n`);
  const data = (name: string) =>
    `gan-dist: no IDX file of training images was found in ${home}/${name}: there is no such folder or file; ${home} has `;
  for (const [args, stderr] of [
    [['train', '--config=~/c.yaml', '--set=data.source=idx'], data('nowhere')],
    [['train', '--set=data.dir=~/elsewhere', '--set=data.source=idx'], data('elsewhere')],
    [
      ['replay', '~/small.zarr', '--from=0', '--to=9'],
      `gan-dist: ${home}/small.zarr has no checkpoint of step 9; it has 0, 1, 2\n`,
    ],
    [
      ['train', '--run=~/small.zarr', ...smallRun],
      `gan-dist: ${home}/small.zarr exists; continue it with --resume, or delete and replace it with --overwrite\n`,
    ],
    [
      ['import', '~/none', '--run=~/r.zarr', ...smallRun.slice(0, 3)],
      `gan-dist: ${home}/none cannot be read: it is not there\n`,
    ],
  ] as const) {
    const found = runAtHome(folder, ...args);
    assert.ok(found.stderr.startsWith(stderr), found.stderr);
  }
  assert.equal(runAtHome(folder, 'inspect', '~/small.zarr', '--png=~/pictures').status, 0);
  assert.ok(existsSync(join(home, 'pictures')));
  assert.equal(runAtHome(folder, 'film', '~/small.zarr', '--out=~/film.gif').stdout, `${home}/film.gif\n`);
  assert.equal(runAtHome(folder, 'film', '~/small.zarr', '--out=./~.gif').stdout, './~.gif\n');
  assert.deepEqual(readdirSync(folder).sort(), ['home', '~.gif']);
});

test('a name that is no path of this machine is refused before anything is done', () => {
  const user = `expects a path, found "~bob/a": only ~/ stands for a home folder, your own; write another's in full, or ./~bob/a for a name that begins with ~`;
  assertFails(folder, ['inspect', '~bob/a'], 2, `<run> ${user}`);
  assertFails(folder, ['train', '--run=~bob/a'], 2, `--run ${user}`);
  assertFails(folder, ['train', '--set=output.run=~bob/a'], 2, `--set: output.run ${user}`);
  writeFileSync(join(folder, 'bob.yaml'), 'data:\n  dir: ~bob/a\n');
  assertFails(folder, ['train', '--config=bob.yaml'], 2, `bob.yaml:2: data.dir ${user}`);
  assertFails(
    folder,
    ['generate', 'a', '--out', '-'],
    2,
    '--out expects a path, found "-": files are neither read from stdin nor written to stdout; one of that name is ./-',
  );
  assertFails(
    folder,
    ['view', 'http://host/a.zarr'],
    2,
    '<run> expects a path on this machine, found "http://host/a.zarr": download it first, and name the copy',
  );
});

test('a slash at the end of a name says that a folder is meant', () => {
  assertFails(
    home,
    ['generate', 'small.zarr', '--out=new/'],
    2,
    '--out expects a file, but new/ is a folder; name a file in it, such as new/picture.png',
  );
  assert.equal(runProgram(home, 'inspect', 'small.zarr/').status, 0);
});

test('a working folder that is gone, or that Node cannot name, is refused', () => {
  const inFolder = (script: string) => spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8' });
  const program = `'${process.execPath}' '${main}' train --steps 1`;
  const gone = inFolder(`mkdir gone && cd gone && rmdir ../gone && ${program}`);
  assert.deepEqual(
    [gone.status, gone.stderr],
    [2, 'gan-dist: the working folder is not there any more; go to one that is\n'],
  );
  const strange = inFolder(
    `mkdir $'caf\\xe9' && cd $'caf\\xe9' && ${program}; code=$?; rmdir $'../caf\\xe9'; exit $code`,
  );
  assert.deepEqual(
    [strange.status, strange.stderr],
    [2, 'gan-dist: the name of the working folder is not in UTF-8; rename it, or go to another\n'],
  );
  assert.ok(!readdirSync(folder).some(name => name.startsWith('caf')));
});

test('the commands that are named at the end of a training can be typed as they are', () => {
  const commands = [...said.matchAll(/npx gan-dist ((?:inspect|film) .*?) {2}/g)].map(([, command]) => command!);
  assert.equal(commands.length, 3);
  for (const command of commands) {
    const typed = spawnSync('bash', ['-c', `'${process.execPath}' '${main}' ${command}`], {
      cwd: home,
      encoding: 'utf8',
    });
    assert.equal(typed.status, 0, `${command}: ${typed.stderr}`);
  }
});

test('a path is shown so that it is no option and not at home', () => {
  for (const [name, shown] of [
    ['a.zarr', 'a.zarr'],
    ['--json', './--json'],
    ['~', './~'],
    ['~a/b', './~a/b'],
    ['../a.zarr', join(process.cwd(), '../a.zarr')],
    ['', '.'],
  ] as const)
    assert.equal(shorten(join(process.cwd(), name)), shown);
});
