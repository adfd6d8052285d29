import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Finding } from '../../../src/cli/doctor/finding.js';

const doctorUrl = new URL('../../../src/cli/doctor/examine.js', import.meta.url).href;

describe('runDoctor', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'gan-dist-doctor-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function runDoctor(options: object) {
    const code = `
      import { runDoctor } from '${doctorUrl}';
      const isOk = await runDoctor(${JSON.stringify(options)});
      process.exitCode = isOk ? 0 : 1;`;
    const env = { ...process.env, XDG_CACHE_HOME: path.join(folder, 'cache') };
    return spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', env });
  }

  it('finds this machine fit, says how to get MNIST, and leaves nothing behind', () => {
    const { stdout, stderr, status } = runDoctor({ dir: folder });
    assert.equal(stderr, '');
    assert.match(stdout, /^ok {2}node +\d+\.\d+\.\d+$/m);
    assert.match(stdout, /^ok {2}engine +tfjs-node 4\.\d+\.\d+, TensorFlow 2\.\d+\.\d+, loaded in \d+ ms/m);
    if (process.platform === 'linux') assert.match(stdout, /^ok {2}limits +.*\d+ open files \(ulimit -n\)/m);
    assert.match(stdout, /^-- {2}mnist +MNIST is not in .*; get it with npx gan-dist data fetch, or /m);
    assert.match(stdout, /^ok {2}store /m);
    assert.match(stdout, /^ok {2}lock +of a run: goes with its process, in whatever container that was$/m);
    assert.equal(status, 0);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('tells of a file that is not MNIST, and does without it', () => {
    const file = path.join(folder, 'cache', 'gan-dist', 'mnist', 'train-images-idx3-ubyte.gz');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, 'not gzip');
    const { stdout, status } = runDoctor({ dir: folder, json: true });
    rmSync(path.join(folder, 'cache'), { recursive: true });
    const mnist = (JSON.parse(stdout) as Finding[]).find(({ name }) => name === 'mnist');
    assert.equal(mnist?.state, 'optional');
    const said = `${file} is not an IDX file of images: expected a file of images (magic 0x00000803), found 0x6e6f7420; get it with npx gan-dist data fetch`;
    assert.ok(mnist?.found.startsWith(said), mnist?.found);
    assert.equal(status, 0);
  });

  it('lists the limits that are set, and fails where a run does not do with them', {
    skip: process.platform !== 'linux',
  }, () => {
    const code = `
      import { runDoctor } from '${doctorUrl}';
      await runDoctor({ json: true, dir: '${folder}' });`;
    const script = 'ulimit -v 9000000; exec "$0" --input-type=module -e "$1"';
    const { stdout } = spawnSync('bash', ['-c', script, process.execPath, code], { encoding: 'utf8' });
    const limits = (JSON.parse(stdout) as Finding[]).find(({ name }) => name === 'limits');
    assert.equal(limits?.state, 'failed');
    assert.match(limits.found, /^9\.2 GB of address space \(ulimit -v\), /);
    assert.match(limits.advice!, /^this process may have 9\.2 GB of address space \(ulimit -v\), and /);
  });

  it('tests itself: the same bytes with any workers, and the maths of the reference', () => {
    const { stdout, stderr, status } = runDoctor({ dir: folder, selfTest: true });
    assert.equal(stderr.replaceAll(/^self-test: step \d+ of 20\n/gm, ''), '');
    assert.match(
      stdout,
      /^ok {2}bytes +10 steps with 1 and with ([2-9]|\d\d) workers: the same bytes, fingerprint [0-9a-f]{16}$/m,
    );
    const maths =
      /^ok {2}maths +10 steps against the reference in Keras: losses within (\S+) \(0\.0001 is allowed\), /m;
    assert.ok(Number(maths.exec(stdout)?.[1]) < 1e-4, stdout);
    assert.equal(status, 0);
  });

  it('fails, and says what to do, where a run cannot be written', () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    const { stdout, status } = runDoctor({ dir: file, json: true });
    rmSync(file);
    const store = (JSON.parse(stdout) as Finding[]).find(({ name }) => name === 'store');
    assert.deepEqual(store, {
      name: 'store',
      state: 'failed',
      found: `${file} cannot be written (ENOTDIR)`,
      advice: 'Go to a folder that you may write to, or name one with train --run or output.run.',
    });
    assert.equal(status, 1);
  });
});
