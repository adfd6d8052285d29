import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeClone, realAddon } from './fakeClone.js';

const libraryName = `libtensorflow-2.21.0-${process.platform}-${process.arch}`;
const isSupported = ['linux-x64', 'linux-arm64', 'darwin-arm64'].includes(`${process.platform}-${process.arch}`);

/** The id of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;
const sleepProgram = execFileSync('/bin/sh', ['-c', 'command -v sleep'], { encoding: 'utf8' }).trim();

describe('set-up of the engine', { skip: !isSupported }, () => {
  let clone: FakeClone;
  beforeEach(() => {
    clone = new FakeClone();
  });
  afterEach(() => clone.remove());

  /** A python3 that has pip, and whose every other call runs `line`. */
  const addPython = (line: string) =>
    clone.addProgram('python3', 'case "$*" in *--version|*version_info*) exit 0;; esac', line);
  /** A compiler whose every call that compiles runs `line`; `$last` is the file to make. */
  const addCompiler = (line = 'echo compiled > "$last"') =>
    clone.addProgram('c++', 'for last; do :; done', 'case "$last" in -*) exit 0;; esac', line);

  /** Waits for a file that a program of the clone writes. */
  async function waitFor(file: string): Promise<void> {
    for (let tries = 0; tries < 3000; tries++) {
      if (existsSync(file)) return;
      await sleep(20);
    }
    assert.fail(`${file} was not written in a minute`);
  }

  it('asks for Python in one sentence, and touches nothing', async () => {
    const { code, output } = await clone.setUp('--engine');
    assert.equal(code, 1);
    assert.equal(
      output,
      'Python 3 with pip is needed to download TensorFlow, and no python3 was found. Install it with "sudo apt-get install python3 python3-pip" (Debian, Ubuntu), "sudo dnf install python3 python3-pip" (Fedora) or "xcode-select --install" (macOS), then run this again.\n',
    );
    assert.deepEqual(clone.listCache(), []);
  });

  it('asks for a C++ compiler before it downloads anything', async () => {
    addPython('exit 1');
    const { code, output } = await clone.setUp('--engine');
    assert.equal(code, 1);
    assert.equal(
      output,
      'A C++ compiler is needed to build TensorFlow\'s addon, and none was found (c++, g++, clang++). Install it with "sudo apt-get install g++" (Debian, Ubuntu), "sudo dnf install gcc-c++" (Fedora) or "xcode-select --install" (macOS), then run this again.\n',
    );
    assert.deepEqual(clone.listCache(), []);
  });

  it('needs neither in a second clone, and says one line when there is nothing to do', async () => {
    clone.fillCache();
    const first = await clone.setUp('--engine');
    assert.equal(first.code, 0, first.output);
    assert.match(first.output, /^engine: TensorFlow 2\.21\.0 works \(.*\)\n$/);
    assert.ok(existsSync(clone.addon));
    assert.deepEqual(await clone.setUp('--engine'), { code: 0, output: 'Everything is in place.\n' });
    assert.deepEqual(await clone.setUp('--engine', '--quick'), { code: 0, output: '' });
  });

  it('leaves an addon alone that someone else installed and that works', async () => {
    clone.fillCache();
    await clone.setUp('--engine');
    const { mtimeMs } = statSync(clone.addon);
    rmSync(path.join(path.dirname(clone.addon), 'gan-dist.json'));
    rmSync(clone.cache, { recursive: true });
    assert.deepEqual(await clone.setUp('--engine'), { code: 0, output: 'Everything is in place.\n' });
    assert.equal(statSync(clone.addon).mtimeMs, mtimeMs);
  });

  it('notices a truncated library even in a hurry, and gets it again', async () => {
    const library = clone.fillCache();
    await clone.setUp('--engine');
    const file = path.join(library, 'tensorflow/libtensorflow_framework.so.2');
    rmSync(file);
    writeFileSync(file, 'the beginning of a library');
    const { code, output } = await clone.setUp('--engine', '--quick');
    assert.equal(code, 1);
    assert.match(output, /^Python 3 with pip is needed/);
  });

  it('repairs an addon that is damaged', async () => {
    clone.fillCache();
    await clone.setUp('--engine');
    truncateSync(clone.addon, 1000);
    const { code, output } = await clone.setUp('--engine', '--quick');
    assert.equal(code, 0, output);
    assert.match(output, /works/);
  });

  it('checks every byte of a library that does not load, though all sizes are right', async () => {
    const library = clone.fillCache();
    await clone.setUp('--engine');
    const file = path.join(library, 'tensorflow/libtensorflow_framework.so.2');
    const { size } = statSync(file);
    rmSync(file);
    writeFileSync(file, '');
    truncateSync(file, size);
    // The addon of the real cache is linked to the real library: make it one that fails to load.
    rmSync(path.join(library, 'addons'), { recursive: true, force: true });
    writeFileSync(clone.addon, 'no addon');
    addPython('exit 1');
    addCompiler();
    const { code, output } = await clone.setUp('--engine');
    assert.equal(code, 1);
    assert.match(output, /libtensorflow_framework\.so\.2 is damaged, getting it again/);
  });

  it('names a package that a package manager has hidden, and takes nothing for damaged', async () => {
    const library = clone.fillCache();
    await clone.setUp('--engine');
    const addons = readdirSync(path.join(library, 'addons'));
    rmSync(clone.addon);
    writeFileSync(path.join(clone.folder, 'node_modules/@tensorflow/tfjs-node/dist/index.js'), "require('longer');");
    assert.deepEqual(await clone.setUp('--engine'), {
      code: 1,
      output:
        'TensorFlow\'s packages use longer, and do not find it: install all packages into one flat node_modules ("nodeLinker: node-modules" in Yarn\'s .yarnrc.yml, "nodeLinker: hoisted" in pnpm-workspace.yaml), then run this again.\n',
    });
    assert.deepEqual(readdirSync(path.join(library, 'addons')), addons);
  });

  it('uses the download of an interrupted set-up, checks it, and removes what else it left', async () => {
    const left = clone.leaveTemporary(libraryName, deadPid());
    mkdirSync(path.join(left, 'wheel'));
    writeFileSync(path.join(left, 'wheel/tensorflow.whl'), 'not what was asked for');
    clone.leaveTemporary(libraryName, deadPid());
    const other = clone.leaveTemporary(libraryName, process.pid);
    addPython('exit 1');
    addCompiler();
    const { code, output } = await clone.setUp('--engine');
    assert.equal(code, 1);
    assert.match(
      output,
      /^The TensorFlow package that pip downloaded is not the expected one: SHA-256 \w{64} instead of/,
    );
    assert.deepEqual(clone.listCache(), [path.basename(other)], 'only the folder of a set-up that still runs stays');
  });

  it('can be killed in the middle of the download and started again', async () => {
    addPython(`echo started > ${clone.folder}/pip; exec ${sleepProgram} 60`);
    addCompiler();
    const { child, ended } = clone.start('--engine');
    await waitFor(path.join(clone.folder, 'pip'));
    child.kill('SIGKILL');
    await ended;
    const left = clone.listCache();
    assert.equal(left.length, 1);
    assert.match(left[0]!, /\.tmp-.*-\d+$/);
    assert.equal(existsSync(clone.addon), false);

    addPython('exit 1');
    const second = await clone.setUp('--engine');
    assert.match(second.output, /TensorFlow could not be downloaded with pip/);
    assert.deepEqual(clone.listCache(), []);
  });

  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    it(`can be ended with ${signal} in the middle of the compilation, and the next one removes what is left`, async () => {
      const library = clone.fillCache();
      const addons = path.join(library, 'addons');
      // A link to the folder of the real cache, which stays as it is.
      rmSync(addons);
      addCompiler(`echo compiling > "$last"; echo started > ${clone.folder}/compiler; exec ${sleepProgram} 60`);
      const { child, ended } = clone.start('--engine');
      await waitFor(path.join(clone.folder, 'compiler'));
      child.kill(signal);
      await ended;
      assert.equal(clone.listCache().filter(name => name.includes('.tmp-')).length, 1);

      addCompiler(`/bin/cp ${realAddon} "$last"`);
      const second = await clone.setUp('--engine');
      assert.equal(second.code, 0, second.output);
      assert.deepEqual(clone.listCache(), [libraryName]);
      assert.match(readdirSync(addons).join(), /^tfjs_binding-\w{12}\.node$/);
    });
  }

  it('ends the download when it is interrupted', async () => {
    const pidFile = path.join(clone.folder, 'pip');
    addPython(`echo $$ > ${pidFile}.tmp; /bin/mv ${pidFile}.tmp ${pidFile}; exec ${sleepProgram} 60`);
    addCompiler();
    const { child, ended } = clone.start('--engine');
    await waitFor(pidFile);
    child.kill('SIGINT');
    const { code, output } = await ended;
    assert.equal(code, 130);
    assert.match(output, /Interrupted\. Run it again: it goes on from what is finished\.\n$/);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    for (let tries = 0; tries < 200 && isRunning(pid); tries++) await sleep(50);
    assert.equal(isRunning(pid), false, 'pip is ended with the set-up, 50 s before its time');
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
