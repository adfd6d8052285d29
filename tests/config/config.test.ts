import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  assertSameMaths,
  buildConfig,
  type Config,
  type ConfigKey,
  checkStoredConfig,
  checkValue,
  configKeys,
  configValues,
} from '../../src/config/config.js';
import { ConfigError } from '../../src/shared/errors.js';

const defaults = buildConfig(new Map([['output.run', '/runs/a.zarr']]));
const withValue = (key: ConfigKey, value: unknown): Config =>
  buildConfig(new Map([...configValues(defaults), [key, value]]));
const refused = (message: string, path?: string) => ({ name: 'ConfigError', exitCode: 2, message, path });

test('the defaults are those of the contract', () => {
  assert.deepEqual(defaults, {
    data: { source: 'mnist', transpose: false },
    training: {
      epochs: 30,
      batchSize: 128,
      seed: 1,
      shuffle: false,
      discriminatorSteps: 1,
      learningRate: 0.001,
      momentum: 0.9,
    },
    parallel: { workers: 'auto', slices: 8, stallSeconds: 60, precision: 'float32' },
    output: { run: '/runs/a.zarr', checkpointEvery: 100, sampleEvery: 100, keep: 3, keepGenerators: true },
  });
});

test('help knows every key with its description, default and range', () => {
  assert.equal(configKeys.length, 21);
  assert.deepEqual(
    configKeys.find(k => k.key === 'training.batchSize'),
    {
      key: 'training.batchSize',
      description: 'images to a step; batch norm sees all of them',
      default: '128',
      range: 'an integer from 2 to 65536',
    },
  );
  const text = (key: ConfigKey) => configKeys.find(k => k.key === key)!.default;
  assert.deepEqual((['data.dir', 'data.limit', 'output.run', 'training.shuffle'] as const).map(text), [
    'the cache',
    'none',
    'runs/CONFIGNAME.zarr',
    'false',
  ]);
  for (const { key, description, range } of configKeys) assert.ok(description && range, key);
});

const wrong: [ConfigKey, unknown, string][] = [
  ['training.batchSize', 1, 'an integer from 2 to 65536, found 1'],
  ['training.batchSize', '32', 'an integer from 2 to 65536, found "32"'],
  ['training.batchSize', null, 'an integer from 2 to 65536, found nothing'],
  ['training.epochs', 0, 'an integer from 1 to 100000, found 0'],
  ['training.seed', -1, 'an integer from 0 to 9007199254740991, found -1'],
  ['training.seed', 2 ** 53, 'an integer from 0 to 9007199254740991, found 9007199254740992'],
  ['training.seed', 1.5, 'an integer from 0 to 9007199254740991, found 1.5'],
  ['training.shuffle', 'yes', 'true or false, found "yes"'],
  ['training.discriminatorSteps', 0, 'an integer from 1 to 1000, found 0'],
  ['training.learningRate', Number.NaN, 'a number above 0 (as float32), found NaN'],
  ['training.learningRate', Number.POSITIVE_INFINITY, 'a number above 0 (as float32), found Infinity'],
  ['training.learningRate', 0, 'a number above 0 (as float32), found 0'],
  ['training.learningRate', 1e-60, 'a number above 0 (as float32), found 1e-60'],
  ['training.learningRate', 1e60, 'a number above 0 (as float32), found 1e+60'],
  ['training.momentum', 1, 'a number from 0 up to, not including, 1 (as float32), found 1'],
  ['training.momentum', 0.9999999999, 'a number from 0 up to, not including, 1 (as float32), found 0.9999999999'],
  ['parallel.workers', 0, 'an integer from 1 to 65536, or auto, found 0'],
  ['parallel.workers', 2.5, 'an integer from 1 to 65536, or auto, found 2.5'],
  ['parallel.workers', 'many', 'an integer from 1 to 65536, or auto, found "many"'],
  ['parallel.slices', 65, 'an integer from 1 to 64, found 65'],
  ['parallel.stallSeconds', 0, 'a number above 0, at most 86400, found 0'],
  ['parallel.precision', 'float16', 'float32 or bfloat16, found "float16"'],
  ['data.source', 'cifar', 'mnist, mnist-10k or idx, found "cifar"'],
  ['data.source', ['mnist'], 'mnist, mnist-10k or idx, found a list'],
  ['data.dir', '', 'a path, found ""'],
  ['data.dir', 'a\0b', 'a path, found "a\\u0000b"'],
  ['data.limit', 0, 'an integer from 1 to 2097152, found 0'],
  ['output.keep', -1, 'an integer from 0 to 100000000, found -1'],
  ['output.checkpointEvery', {}, 'an integer from 1 to 100000000, found a section'],
];

for (const [key, value, ending] of wrong) {
  test(`${key} refuses ${JSON.stringify(value)} (${String(value)})`, () => {
    assert.throws(() => checkValue(key, value, 'here'), refused(`here: ${key} expects ${ending}`, key));
  });
}

test('the edges of the ranges are accepted', () => {
  const edges: [ConfigKey, unknown][] = [
    ['training.batchSize', 2],
    ['training.seed', 0],
    ['training.seed', 2 ** 53 - 1],
    ['training.momentum', 0],
    ['training.learningRate', 1e-30],
    ['parallel.workers', 'auto'],
    ['parallel.slices', 64],
    ['parallel.stallSeconds', 0.5],
    ['output.keep', 0],
  ];
  for (const [key, value] of edges) assert.equal(checkValue(key, value, 'here'), value);
  assert.ok(Object.is(checkValue('training.seed', -0, 'here'), 0), 'JSON cannot hold -0');
});

test('a config survives its way through JSON', () => {
  const config = withValue('output.keepEvery', 1000);
  assert.deepEqual(checkStoredConfig(JSON.parse(JSON.stringify(config)), '.zattrs'), config);
});

test('the config of a run from before there was a key has its default', () => {
  const { keepGenerators: _, ...output } = defaults.output;
  const { precision: __, ...parallel } = defaults.parallel;
  assert.deepEqual(checkStoredConfig({ ...defaults, output, parallel }, '.zattrs'), defaults);
});

test('a damaged stored config is refused by name', () => {
  const withSections = (changed: object) => () => checkStoredConfig({ ...defaults, ...changed }, '.zattrs');
  const { slices: _, ...withoutSlices } = defaults.parallel;
  const cases: [() => unknown, string, string?][] = [
    [() => checkStoredConfig(null, '.zattrs'), '.zattrs: the config is not a record but nothing'],
    [withSections({ training: [] }), '.zattrs: training is not a record but a list'],
    [
      withSections({ training: { ...defaults.training, seed: '1' } }),
      '.zattrs: training.seed expects an integer from 0 to 9007199254740991, found "1"',
      'training.seed',
    ],
    [
      withSections({ training: { ...defaults.training, sneed: 1 } }),
      '.zattrs: unknown config key "training.sneed"',
      'training.sneed',
    ],
    [withSections({ parallel: withoutSlices }), '.zattrs: config key parallel.slices is missing', 'parallel.slices'],
    [
      () => checkStoredConfig(JSON.parse('{"__proto__": {"constructor": 1}}'), '.zattrs'),
      '.zattrs: unknown config key "__proto__.constructor"',
      '__proto__.constructor',
    ],
  ];
  for (const [run, message, path] of cases) assert.throws(run, refused(message, path));
});

test('whatever a store holds, the answer is a config or a ConfigError of one line', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.constant(JSON.stringify(defaults))), fc.string(), (json, where) => {
      try {
        checkStoredConfig(JSON.parse(json), where.replaceAll(/\s/g, ''));
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        assert.doesNotMatch(error.message, /\n/);
      }
    }),
  );
});

test('a resumed run may change what leaves its numbers alone', () => {
  const free: [ConfigKey, unknown][] = [
    ['training.epochs', 60],
    ['data.dir', '/elsewhere'],
    ['parallel.workers', 3],
    ['parallel.stallSeconds', 5],
    ['output.run', '/moved.zarr'],
    ['output.checkpointEvery', 7],
    ['output.sampleEvery', 7],
    ['output.keep', 0],
    ['output.keepEvery', 7],
    ['output.keepGenerators', false],
  ];
  for (const [key, value] of free) assertSameMaths(defaults, withValue(key, value));
});

test('a resumed run may not change its numbers, and hears which key would', () => {
  const fixed: [ConfigKey, unknown, string][] = [
    ['data.source', 'idx', 'data.source (mnist in the run, idx now)'],
    ['data.limit', 1000, 'data.limit (none in the run, 1000 now)'],
    ['training.batchSize', 64, 'training.batchSize (128 in the run, 64 now)'],
    ['training.seed', 2, 'training.seed (1 in the run, 2 now)'],
    ['training.shuffle', true, 'training.shuffle (false in the run, true now)'],
    ['training.discriminatorSteps', 2, 'training.discriminatorSteps (1 in the run, 2 now)'],
    ['training.learningRate', 0.01, 'training.learningRate (0.001 in the run, 0.01 now)'],
    ['training.momentum', 0.5, 'training.momentum (0.9 in the run, 0.5 now)'],
    ['parallel.slices', 4, 'parallel.slices (8 in the run, 4 now)'],
    ['parallel.precision', 'bfloat16', 'parallel.precision (float32 in the run, bfloat16 now)'],
  ];
  for (const [key, value, found] of fixed) {
    const message = `a resumed run cannot change ${found}: its numbers would not be those of one run; leave it as it was, or start a new run (another --run, or --overwrite)`;
    assert.throws(() => assertSameMaths(defaults, withValue(key, value)), refused(message, key));
  }
});
