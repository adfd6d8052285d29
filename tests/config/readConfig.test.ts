import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { buildConfig, configKeys } from '../../src/config/config.js';
import { parseConfig } from '../../src/config/parseConfig.js';
import { type ConfigSources, resolveConfig } from '../../src/config/readConfig.js';
import { ConfigError, UsageError } from '../../src/shared/errors.js';
import { packageRoot } from '../packageRoot.js';

const cwd = mkdtempSync(path.join(os.tmpdir(), 'gan-dist-config-'));
after(() => rmSync(cwd, { recursive: true }));
mkdirSync(path.join(cwd, 'configs'));

/** GAN_DIST_PROPERTY_RUNS draws more, or fewer. */
const numRuns = Number(process.env.GAN_DIST_PROPERTY_RUNS || 1000);

const written = (text: string | Uint8Array) => {
  writeFileSync(path.join(cwd, 'configs/mine.yaml'), text);
  return 'configs/mine.yaml';
};
const resolve = (sources: Omit<ConfigSources, 'cwd'>) => resolveConfig({ ...sources, cwd });
const fromText = (text: string) => resolve({ file: written(text) });
const refused = (message: string, path?: string) => ({ name: 'ConfigError', exitCode: 2, message, path });

test('flags beat --set, which beats the file, which beats the defaults', () => {
  const config = resolve({
    file: written('training:\n  epochs: 5\n  seed: 6\n  batchSize: 7\n'),
    set: ['training.epochs=50', 'training.seed=60', 'training.seed=61'],
    flags: { 'training.epochs': '500', 'parallel.workers': undefined },
  });
  assert.deepEqual(
    [config.training.epochs, config.training.seed, config.training.batchSize, config.training.momentum],
    [500, 61, 7, 0.9],
  );
  assert.equal(config.parallel.workers, 'auto');
});

test('paths of a file are relative to it, paths of the command line to the working folder', () => {
  const file = written('data:\n  dir: ../digits\noutput:\n  run: here.zarr\n');
  const inFile = resolve({ file });
  assert.equal(inFile.data.dir, path.join(cwd, 'digits'));
  assert.equal(inFile.output.run, path.join(cwd, 'configs/here.zarr'));
  const onLine = resolve({ file, set: ['data.dir=digits'], flags: { 'output.run': 'there.zarr' } });
  assert.equal(onLine.data.dir, path.join(cwd, 'digits'));
  assert.equal(onLine.output.run, path.join(cwd, 'there.zarr'));
});

test("a run has its config's name, in the working folder", () => {
  assert.equal(fromText('').output.run, path.join(cwd, 'runs/mine.zarr'));
  assert.equal(resolve({}).output.run, path.join(cwd, 'runs/default.zarr'));
});

test('an empty file, an empty section and a comment mean the defaults', () => {
  const defaults = buildConfig(new Map([['output.run', path.join(cwd, 'runs/mine.zarr')]]));
  for (const text of ['', '# nothing\n', '---\n', '\uFEFF', 'null', 'training:\ndata:\n  # none\n']) {
    assert.deepEqual(fromText(text), defaults, JSON.stringify(text));
  }
});

test('a text of the command line becomes what its key wants', () => {
  const { data, training, parallel, output } = resolve({
    set: [
      'data.source=mnist-10k',
      'data.limit=none',
      'data.dir=a=b',
      'training.shuffle=true',
      'training.learningRate=1e-3',
      'training.seed=9007199254740991',
      'parallel.workers=auto',
      ' output.keepEvery = 20 ',
    ],
  });
  assert.deepEqual(data, { source: 'mnist-10k', dir: path.join(cwd, 'a=b'), transpose: false });
  assert.deepEqual([training.shuffle, training.learningRate, training.seed], [true, 0.001, 2 ** 53 - 1]);
  assert.deepEqual([parallel.workers, output.keepEvery], ['auto', 20]);
});

test('an optional key can be unset again', () => {
  const file = written('data:\n  limit: 10\noutput:\n  keepEvery: 10\n');
  assert.deepEqual(resolve({ file, set: ['data.limit=none', 'output.keepEvery=none'] }), fromText(''));
});

test('the stored config of a resumed run stands in for the defaults', () => {
  const stored = resolve({ set: ['training.seed=7', 'output.keepEvery=5', 'output.run=/elsewhere/a.zarr'] });
  assert.deepEqual(resolve({ stored }), stored);
  assert.deepEqual(resolve({ stored, flags: { 'training.epochs': 60 } }).training, { ...stored.training, epochs: 60 });
});

const badFiles: [string, string, string, string?][] = [
  [
    'a misspelt key',
    'training:\n  seed: 1\n  batchsize: 2\n',
    'configs/mine.yaml:3: config key "training.batchsize" is unknown, the nearest valid one is training.batchSize',
    'training.batchsize',
  ],
  [
    'a misspelt section',
    'trainning:\n  seed: 1\n',
    'configs/mine.yaml:1: config key "trainning" is unknown, the nearest valid one is training',
    'trainning',
  ],
  [
    'a key in the wrong section',
    '\n\ntraining:\n  workers: 2\n',
    'configs/mine.yaml:4: config key "training.workers" is unknown, the nearest valid one is parallel.workers',
    'training.workers',
  ],
  [
    'a key without its section',
    'epochs: 2\n',
    'configs/mine.yaml:1: config key "epochs" is unknown, the nearest valid one is training.epochs',
    'epochs',
  ],
  [
    'a dotted key',
    'training.seed: 2\n',
    'configs/mine.yaml:1: config key "training.seed" is written as seed in the section training',
    'training.seed',
  ],
  [
    'a key of Object',
    '__proto__:\n  toString: 2\n',
    'configs/mine.yaml:1: config key "__proto__" is unknown, the nearest valid one is data',
    '__proto__',
  ],
  [
    'a text for a number',
    'training:\n  seed: 1\n  batchSize: many\n',
    'configs/mine.yaml:3: training.batchSize expects an integer from 2 to 65536, found "many"',
    'training.batchSize',
  ],
  [
    'a value that is missing',
    'training:\n  batchSize:\n',
    'configs/mine.yaml:2: training.batchSize expects an integer from 2 to 65536, found nothing',
    'training.batchSize',
  ],
  [
    'not a number',
    'training:\n  learningRate: .nan\n',
    'configs/mine.yaml:2: training.learningRate expects a number above 0 (as float32), found NaN',
    'training.learningRate',
  ],
  [
    'a list for a number',
    'training:\n  seed:\n    - 1\n',
    'configs/mine.yaml:3: training.seed expects an integer from 0 to 9007199254740991, found a list',
    'training.seed',
  ],
  [
    'a section for a number',
    'training: {seed: {a: 1}}',
    'configs/mine.yaml:1: training.seed expects an integer from 0 to 9007199254740991, found a section',
    'training.seed',
  ],
  [
    'a number for a section',
    'training: 5\n',
    'configs/mine.yaml:1: training expects a section of keys, found 5',
    'training',
  ],
  [
    'a list at the top',
    '# list\n- training\n',
    'configs/mine.yaml:2: expected sections such as "training:", found a list',
  ],
  ['a text at the top', 'hello', 'configs/mine.yaml:1: expected sections such as "training:", found "hello"'],
  ['a number as a key', '1: 2\n', 'configs/mine.yaml:1: expected the name of a key, found 1'],
  ['a list as a key', '? [a]\n: 2\n', 'configs/mine.yaml:1: expected the name of a key, found a list'],
  [
    'broken YAML',
    'training:\n  seed: [1\n',
    'configs/mine.yaml:3:1: broken YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['a tab', 'training:\n\tseed: 1\n', 'configs/mine.yaml:2:1: broken YAML: Tabs are not allowed as indentation'],
  ['a key twice', 'training:\n  seed: 1\n  seed: 2\n', 'configs/mine.yaml:3:3: broken YAML: Map keys must be unique'],
  ['two documents', 'data:\n---\ndata:\n', 'configs/mine.yaml:2:1: broken YAML: Source contains multiple documents'],
  ['a tag', 'training:\n  seed: !secret 1\n', 'configs/mine.yaml:2:9: broken YAML: Unresolved tag: !secret'],
  [
    'an alias',
    'data: &a\n  limit: 5\ntraining: *a\n',
    'configs/mine.yaml:3: an alias (*a) is not understood here, write the value out',
  ],
  [
    'a merge key',
    'training:\n  <<: {seed: 1}\n',
    'configs/mine.yaml:2: config key "training.<<" is unknown, the nearest valid one is training.seed',
    'training.<<',
  ],
  [
    'a long file',
    `# ${'x'.repeat(70_000)}`,
    'the config file configs/mine.yaml is longer than 65536 bytes: is it a config?',
  ],
];

for (const [what, text, message, key] of badFiles) {
  test(`${what} in a config file is refused with its place`, () => {
    assert.throws(() => fromText(text), refused(message, key));
  });
}

for (const opening of ['[', '{a: ', '- ', '? ', '{', '[[]? ', '"a": {', '!!a ', '&a ']) {
  test(`a file full of ${JSON.stringify(opening)} is refused in seconds`, () => {
    const started = performance.now();
    const message = /^configs\/mine\.yaml:\d+[^\n]*$/;
    assert.throws(() => fromText(opening.repeat(65_000 / opening.length)), { name: 'ConfigError', message });
    assert.ok(performance.now() - started < 10_000);
  });
}

test('brackets without end are called nested too deeply', () => {
  const message = /^configs\/mine\.yaml:1:\d+: broken YAML: nested too deeply$/;
  assert.throws(() => fromText('['.repeat(60_000)), { name: 'ConfigError', message });
});

test('a bomb of aliases is refused without being unpacked', () => {
  const levels = Array.from(
    { length: 30 },
    (_, i) => `  a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
  );
  const started = performance.now();
  assert.throws(() => fromText(`data:\n  a0: &a0 1\n${levels.join('\n')}\n`), ConfigError);
  assert.ok(performance.now() - started < 10_000);
});

test('a file that is missing, a folder, unreadable or not text is named', () => {
  const { root } = path.parse(cwd);
  mkdirSync(path.join(cwd, 'folder'));
  const unread = (file: string, reason: string) =>
    assert.throws(() => resolve({ file }), refused(`cannot read the config file ${file}: ${reason}`));
  unread('configs/none.yaml', 'there is no such file');
  unread('configs/mine.yaml/x', 'there is no such file');
  unread('folder', 'it is a folder');
  if (process.getuid?.() !== 0) {
    writeFileSync(path.join(cwd, 'locked.yaml'), '');
    chmodSync(path.join(cwd, 'locked.yaml'), 0);
    unread('locked.yaml', 'permission denied');
  }
  for (const [content, problem] of [
    [Uint8Array.of(0x7f, 0x8b, 0xff, 0xfe), 'not UTF-8 text: is it a config?'],
    [Uint8Array.of(0x1f, 0x8b, 0xff, 0xfe), 'gzipped, not a config: unpack it first'],
    ['\n<!-- saved from -->\n<HTML>', 'a web page (HTML), not a config: was it saved from a browser?'],
    [`<!doctype html>${' '.repeat(70_000)}`, 'a web page (HTML), not a config: was it saved from a browser?'],
    [
      'version https://git-lfs.github.com/spec/v1\noid sha256:0',
      'a Git LFS pointer, not a config: get the file itself with "git lfs pull"',
    ],
  ] as const)
    assert.throws(
      () => resolve({ file: written(content) }),
      refused(`the config file configs/mine.yaml is ${problem}`),
    );
  if (root === '/' && process.platform === 'linux') {
    const message = 'the config file /dev/zero is longer than 65536 bytes: is it a config?';
    assert.throws(() => resolve({ file: '/dev/zero' }), refused(message));
  }
});

test('a wrong --set or flag is named', () => {
  const usage = (found: string) => ({
    name: 'UsageError',
    message: `--set expects KEY=VALUE, such as training.seed=7, found ${found}`,
  });
  assert.throws(() => resolve({ set: ['training.seed'] }), usage('"training.seed"'));
  assert.throws(() => resolve({ set: ['=7'] }), usage('"=7"'));
  assert.throws(
    () => resolve({ set: ['training.sed=7'] }),
    refused('--set: config key "training.sed" is unknown, the nearest valid one is training.seed', 'training.sed'),
  );
  assert.throws(
    () => resolve({ set: ['training.batchSize=1'] }),
    refused('--set: training.batchSize expects an integer from 2 to 65536, found 1', 'training.batchSize'),
  );
  for (const text of ['0x10', '1_000', '1e', 'NaN', 'Infinity', '']) {
    assert.throws(
      () => resolve({ set: [`training.batchSize=${text}`] }),
      refused(`--set: training.batchSize expects an integer from 2 to 65536, found "${text}"`, 'training.batchSize'),
    );
  }
  for (const workers of ['many', '2.5', '0']) {
    const found = workers === 'many' ? '"many"' : workers;
    assert.throws(
      () => resolve({ flags: { 'parallel.workers': workers } }),
      refused(
        `--workers: parallel.workers expects an integer from 1 to 65536, or auto, found ${found}`,
        'parallel.workers',
      ),
    );
  }
});

test('whatever the text of a config file, the answer is a config or a ConfigError of one line', () => {
  const pieces = fc.constantFrom(
    'training:',
    'data:',
    ' ',
    '\n',
    '\n  ',
    'seed: ',
    'batchSize: ',
    '&a ',
    '*a',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '? ',
    ': ',
    '"',
    "'",
    '|',
    '>',
    '!!int ',
    '%YAML 1.1\n',
    '---\n',
    '#',
    '\t',
    '1',
    '.nan',
    '~',
    '\0',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.oneof(pieces, fc.string())).map(parts => parts.join('')),
  );
  fc.assert(
    fc.property(text, source => {
      try {
        parseConfig(source, 'x.yaml');
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        assert.match(error.message, /^x\.yaml[^\n]*$/);
      }
    }),
    { numRuns },
  );
});

test('whatever bytes of a good config file are changed, the answer is a config or a ConfigError of one line', () => {
  const shipped = readFileSync(new URL('configs/mnist.yaml', packageRoot));
  const every = configKeys.map(({ key, default: text }) => [...key.split('.'), text] as [string, string, string]);
  const full = ['data', 'training', 'parallel', 'output']
    .map(section => [section, every.filter(([of]) => of === section)] as const)
    .map(([section, keys]) => `${section}:\n${keys.map(([, name, text]) => `  ${name}: ${text}\n`).join('')}`)
    .join('');
  const piece = fc.oneof(
    fc.constantFrom('__proto__', '&a ', '*a', '<<: *a', '\t', '\0', '\n', ': ', '-', '1e999', '9'.repeat(400), '- '),
    fc.constantFrom('[[[[', '{', '!!binary ', '!!js/function ', '0x', '.inf', '"\\u0000"', '? ', '...', '\u2028', '%'),
  );
  const bytes = fc.oneof(
    piece.map(text => Buffer.from(text)),
    fc.uint8Array({ maxLength: 4 }).map(Buffer.from),
  );
  const change = fc.tuple(fc.nat(), fc.nat(20), bytes);
  fc.assert(
    fc.property(fc.constantFrom(shipped, Buffer.from(full)), fc.array(change, { maxLength: 4 }), (file, changes) => {
      let content = file;
      for (const [at, removed, added] of changes) {
        const place = at % (content.length + 1);
        content = Buffer.concat([content.subarray(0, place), added, content.subarray(place + removed)]);
      }
      try {
        resolve({ file: written(content) });
      } catch (error) {
        assert.ok(error instanceof ConfigError, error instanceof Error ? error.stack : String(error));
        assert.match(error.message, /^[^\n]*configs\/mine\.yaml[^\n]*$/);
      }
      assert.equal(Object.keys(Object.prototype).length, 0);
    }),
    { numRuns: Math.ceil(numRuns / 4) },
  );
});

test('whatever --set is given, the answer is a config or a tagged error of one line', () => {
  const key = fc.oneof(fc.constantFrom(...configKeys.map(k => k.key as string)), fc.string());
  const value = fc.oneof(fc.string(), fc.double().map(String), fc.constantFrom('auto', 'none', 'true'));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.tuple(key, value).map(pair => pair.join('=')),
      ),
      setting => {
        try {
          resolve({ set: [setting] });
        } catch (error) {
          assert.ok(error instanceof ConfigError || error instanceof UsageError, String(error));
          assert.match(error.message, /^--set[^\n]*$/);
        }
      },
    ),
    { numRuns },
  );
});

test('the configs that come with gan-dist are what they say', () => {
  const shipped = (name: string) => resolve({ file: fileURLToPath(new URL(`configs/${name}.yaml`, packageRoot)) });
  const defaults = buildConfig(new Map());
  const mnist = shipped('mnist');
  assert.deepEqual(mnist.training, defaults.training);
  assert.deepEqual(mnist.parallel, defaults.parallel);
  assert.deepEqual(mnist.data, { source: 'mnist', transpose: false });
  assert.equal(mnist.output.run, path.join(cwd, 'runs/mnist.zarr'));
  assert.deepEqual(shipped('quickstart').data, { source: 'mnist-10k', transpose: false });
  assert.deepEqual(shipped('smoke').data, { source: 'mnist-10k', limit: 256, transpose: false });
});
