import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../packageRoot.js';

const folder = fileURLToPath(packageRoot);
const program = fileURLToPath(new URL('dist/benchmarks/turns/turns.js', packageRoot));
const small = ['--steps=8', '--workers=1', '--set=training.batchSize=4', '--set=parallel.slices=2'];

test('two builds take turns, and the second is compared with the first', () => {
  const { stdout, stderr } = spawnSync(process.execPath, [program, ...small, folder, folder], { encoding: 'utf8' });
  assert.equal(stderr, '');
  const lines = stdout.trim().split('\n');
  const form = /^(.+): median ([\d.]+) ms, least ([\d.]+), processor ([\d.]+), ratio ([\d.]+)$/;
  const [first, second] = lines.map(line => form.exec(line)!.slice(1));
  assert.deepEqual([lines.length, first![0], second![0], first![4]], [2, folder, folder, '1.000']);
  for (const [, middle, least, processor, ratio] of [first!, second!]) {
    assert.ok(Number(least) > 0 && Number(least) <= Number(middle));
    assert.ok(Number(processor) > 0 && Number(ratio) > 0);
  }
});

test('what is wrong is said', () => {
  const refuse = (args: string[], status: number, said: RegExp) => {
    const ended = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
    assert.deepEqual([ended.status, ended.stdout], [status, '']);
    assert.match(ended.stderr, said);
  };
  refuse([], 2, /^expected the folders of builds \(--help says more\)\n$/);
  refuse(['--steps=no', folder], 2, /^--steps expects a whole number from 1 on, found "no"\n$/);
  refuse(['--set=training.batchSize=0', folder], 2, /training\.batchSize expects/);
  refuse(['--steps=1', '/nowhere'], 1, /\/nowhere\/dist\/tests\/workers\/startPool\.js.*a build ended with status 1/s);
});
