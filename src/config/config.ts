/**
 * The config: one table of all keys. Types, defaults, ranges, error messages and `--help` come from
 * it; reading files and `--set` is config/readConfig.ts. A plain table rather than a schema
 * library: it costs no start-up time, and its messages name the key, what was expected and what was
 * found.
 */

import { ConfigError } from '../shared/errors.js';
import { flag, float32, integer, type Kind, number, oneOf, path, workersKind } from './valueKinds.js';

export type Precision = 'float32' | 'bfloat16';

/** Each is read as the table in data/loadDataset.ts says. */
export const dataSources = ['mnist', 'mnist-10k', 'idx'] as const;

export interface Config {
  data: {
    source: (typeof dataSources)[number];
    dir?: string;
    limit?: number;
    transpose: boolean;
  };
  training: {
    epochs: number;
    batchSize: number;
    seed: number;
    shuffle: boolean;
    discriminatorSteps: number;
    learningRate: number;
    momentum: number;
  };
  parallel: {
    workers: number | 'auto';
    slices: number;
    stallSeconds: number;
    precision: Precision;
  };
  output: {
    run: string;
    checkpointEvery: number;
    sampleEvery: number;
    keep: number;
    keepEvery?: number;
    keepGenerators: boolean;
  };
}

export const maximumBatchSize = 65_536;

type KeysOf<Section extends keyof Config> = `${Section}.${keyof Config[Section] & string}`;
/** A dotted key, such as `training.batchSize`. */
export type ConfigKey = { [Section in keyof Config]: KeysOf<Section> }[keyof Config];
type ValueOf<Key> = Key extends `${infer Section extends keyof Config}.${infer Name}`
  ? Config[Section][Name & keyof Config[Section]]
  : never;

interface Key<Value> {
  kind: Kind<Exclude<Value, undefined>>;
  /** Undefined: the key may stay unset (or, for `output.run`, its default depends on the config's name). */
  default?: Value;
  defaultText?: string;
  /** May be set to nothing again, by an empty value in a file or by `none` on the command line. */
  optional?: true;
  description: string;
  /** Whether another value would give other numbers, so that a resumed run must keep it. */
  maths?: true;
  /** Runs from before there was such a key have its default. */
  later?: true;
}

const schema: { readonly [K in ConfigKey]: Key<ValueOf<K>> } = {
  'data.source': {
    kind: oneOf(dataSources),
    default: 'mnist',
    maths: true,
    description:
      'mnist: the 60,000 training images; mnist-10k: the digits that come with gan-dist; idx: your own 28×28 images',
  },
  'data.dir': {
    kind: path(),
    optional: true,
    defaultText: 'the cache',
    description: 'the images’ folder or file, under whatever name (docs/data.md); means nothing to mnist-10k',
  },
  'data.limit': {
    kind: integer(1, 2 ** 21),
    optional: true,
    maths: true,
    description: 'use only the first so many images',
  },
  'data.transpose': {
    kind: flag(),
    default: false,
    maths: true,
    later: true,
    description: 'swap rows and columns of each image: EMNIST’s lie on their side in its files',
  },
  'training.epochs': { kind: integer(1, 100_000), default: 30, description: 'passes over the images' },
  'training.batchSize': {
    kind: integer(2, maximumBatchSize),
    default: 128,
    maths: true,
    description: 'images to a step; batch norm sees all of them',
  },
  'training.seed': {
    kind: integer(0, Number.MAX_SAFE_INTEGER),
    default: 1,
    maths: true,
    description: 'the one seed of weights, noise and shuffling',
  },
  'training.shuffle': {
    kind: flag(),
    default: false,
    maths: true,
    description: 'take the images in another order in every epoch',
  },
  'training.discriminatorSteps': {
    kind: integer(1, 1000),
    default: 1,
    maths: true,
    description: 'updates of the discriminator for one of the generator',
  },
  'training.learningRate': {
    kind: float32('a number above 0', value => value > 0),
    default: 0.001,
    maths: true,
    description: 'of Nesterov SGD, in both networks',
  },
  'training.momentum': {
    kind: float32('a number from 0 up to, not including, 1', value => value >= 0 && value < 1),
    default: 0.9,
    maths: true,
    description: 'of Nesterov SGD, in both networks',
  },
  'parallel.workers': {
    kind: workersKind,
    default: 'auto',
    description: 'worker threads, at most one to a slice; auto: as many as the machine runs at once',
  },
  'parallel.slices': {
    kind: integer(1, 64),
    default: 8,
    maths: true,
    description:
      'fixed parts of a batch and of every dense layer, whoever computes them, and so the most workers; each costs time',
  },
  'parallel.stallSeconds': {
    kind: number('a number above 0, at most 86400', value => value > 0 && value <= 86_400),
    default: 60,
    description: 'how long a worker may stay away from where the others wait before the run stops',
  },
  'parallel.precision': {
    kind: oneOf(['float32', 'bfloat16']),
    default: 'float32',
    maths: true,
    later: true,
    description: 'of convolutions and dense layers; bfloat16 is faster and coarser, on processors that have it',
  },
  'output.run': {
    kind: path(),
    defaultText: 'runs/CONFIGNAME.zarr',
    description:
      'the Zarr store to write, a folder; may hold settings, such as runs/lr{training.learningRate}-s{training.seed}.zarr',
  },
  'output.checkpointEvery': {
    kind: integer(1, 100_000_000),
    default: 100,
    description: 'steps between checkpoints; epochs and the run end with one besides',
  },
  'output.sampleEvery': {
    kind: integer(1, 100_000_000),
    default: 100,
    description: "batches of an epoch between sample grids; an epoch's first batch has one",
  },
  'output.keep': {
    kind: integer(0, 100_000_000),
    default: 3,
    description: 'newest checkpoints that stay (never fewer than 2); 0 keeps all',
  },
  'output.keepEvery': {
    kind: integer(1, 100_000_000),
    optional: true,
    description: 'every checkpoint whose step is a multiple of this stays too',
  },
  'output.keepGenerators': {
    kind: flag(),
    default: true,
    later: true,
    description: 'the generator of each epoch stays for good, in float16 (14 MB), for the page of `view`',
  },
};

const keys = Object.keys(schema) as ConfigKey[];
export const configSections = [...new Set(keys.map(key => key.split('.')[0]!))];

/** All keys, for `--help`. */
export const configKeys: readonly { key: ConfigKey; description: string; default: string; range: string }[] = keys.map(
  key => ({
    key,
    description: schema[key].description,
    default: schema[key].defaultText ?? String(schema[key].default ?? 'none'),
    range: schema[key].kind.range,
  }),
);

export const isConfigKey = (text: string): text is ConfigKey => Object.hasOwn(schema, text);
export const isPathKey = (key: ConfigKey): boolean => schema[key].kind.isPath === true;

/**
 * Values by dotted key; a key that is set to undefined is unset on purpose, and hides a default or
 * an earlier value.
 */
export type ConfigValues = ReadonlyMap<ConfigKey, unknown>;

/**
 * Checks one value, as YAML, JSON or a program gave it.
 *
 * @param where stands before the message, such as `mnist.yaml:3`
 * @returns the value, or undefined if the key is optional and the value is null
 * @throws ConfigError with key, expected and found
 */
export function checkValue(key: ConfigKey, value: unknown, where: string, file?: string): unknown {
  const accepted = acceptValue(key, value, where, file);
  const problem = accepted === undefined ? undefined : schema[key].kind.problem?.(accepted);
  if (problem === undefined) return accepted;
  throw new ConfigError(`${where}: ${key} ${problem}`, key, file);
}

/** A stored path was made absolute where the run was begun, and may be another here. */
function acceptValue(key: ConfigKey, value: unknown, where: string, file?: string): unknown {
  if ((value === null || value === undefined) && schema[key].optional) return undefined;
  const accepted = schema[key].kind.accept(value);
  if (accepted !== undefined) return accepted;
  const { range } = schema[key].kind;
  throw new ConfigError(`${where}: ${key} expects ${range}, found ${describeValue(value)}`, key, file);
}

/** What a text of the command line means for a key: `7`, `true`, `auto`; `none` unsets an optional number. */
export function valueOfText(key: ConfigKey, text: string): unknown {
  if (schema[key].optional && !isPathKey(key) && text === 'none') return null;
  return schema[key].kind.fromText(text);
}

/** The config made of checked values; what they leave out has its default. */
export function buildConfig(values: ConfigValues): Config {
  const config: Record<string, Record<string, unknown>> = {};
  for (const key of keys) {
    const [section, name] = key.split('.') as [string, string];
    const value = values.has(key) ? values.get(key) : schema[key].default;
    config[section] ??= {};
    if (value !== undefined) config[section][name] = value;
  }
  return config as unknown as Config;
}

/**
 * A config that comes back from a store, checked as strictly as one that a person wrote.
 *
 * @param where the file, for the message
 * @throws ConfigError for a key that is unknown, missing or has a value of the wrong type or range
 */
export function checkStoredConfig(stored: unknown, where: string): Config {
  const values = new Map<ConfigKey, unknown>();
  for (const [section, entries] of recordEntries(stored, where, 'the config')) {
    for (const [name, value] of recordEntries(entries, where, section)) {
      const key = `${section}.${name}`;
      if (!isConfigKey(key)) throw new ConfigError(`${where}: unknown config key ${describeValue(key)}`, key, where);
      values.set(key, acceptValue(key, value, where, where));
    }
  }
  const missing = keys.find(key => !values.has(key) && !schema[key].optional && !schema[key].later);
  if (missing) throw new ConfigError(`${where}: config key ${missing} is missing`, missing, where);
  return buildConfig(values);
}

/** The values of a config by dotted key. */
export function configValues(config: Config): Map<ConfigKey, unknown> {
  const sections = config as unknown as Record<string, Record<string, unknown>>;
  const entries = keys.map(key => {
    const [section, name] = key.split('.') as [string, string];
    return [key, sections[section]![name]] as const;
  });
  return new Map(entries);
}

/** A key with the values that two configs give it. */
export interface ConfigChange {
  readonly key: ConfigKey;
  readonly before: unknown;
  readonly after: unknown;
}

/** The keys in which two configs differ, in the order of the table. */
export function listChanges(before: Config, after: Config): ConfigChange[] {
  const [old, now] = [configValues(before), configValues(after)];
  const all = keys.map(key => ({ key, before: old.get(key), after: now.get(key) }));
  return all.filter(change => change.before !== change.after);
}

/** Those of the changes that make other numbers. */
export const listMathsChanges = (before: Config, after: Config): ConfigChange[] =>
  listChanges(before, after).filter(({ key }) => schema[key].maths);

/**
 * Refuses to resume a run with settings that would change its numbers; epochs, workers, paths and cadences may change.
 *
 * @throws ConfigError naming each such key with both values
 */
export function assertSameMaths(stored: Config, wanted: Config): void {
  const changed = listMathsChanges(stored, wanted);
  if (changed.length === 0) return;
  const list = changed.map(
    ({ key, before, after }) => `${key} (${before ?? 'none'} in the run, ${after ?? 'none'} now)`,
  );
  throw new ConfigError(
    `a resumed run cannot change ${list.join(', ')}: its numbers would not be those of one run; leave it as it was, or start a new run (another --run, or --overwrite)`,
    changed[0]!.key,
  );
}

/** A value as an error message shows it: short, on one line, texts in quotes. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a section';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}

function recordEntries(value: unknown, where: string, name: string): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw new ConfigError(`${where}: ${name} is not a record but ${describeValue(value)}`, undefined, where);
}
