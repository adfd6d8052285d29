/**
 * A run's config from where people write it: flags beat `--set`, which beats the file, which beats the defaults. Paths
 * on the command line are relative to the working folder, paths in a file to that file's folder; all become absolute.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { distance } from 'fastest-levenshtein';
import { isAlias, isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import {
  buildConfig,
  type Config,
  type ConfigKey,
  checkValue,
  configKeys,
  configSections,
  configValues,
  describeValue,
  isConfigKey,
  isPathKey,
  valueOfText,
} from '../shared/config.js';
import { ConfigError, UsageError } from '../shared/errors.js';

/** A config file is a page; what is longer is a mistake, or an attack on the parser. */
export const maxConfigBytes = 64 * 1024;

export interface ConfigSources {
  /** Path of a YAML file, relative to `cwd`. */
  file?: string;
  /** `training.seed=7`, …, as `--set` takes them; of two for one key, the later one counts. */
  set?: readonly string[];
  /** Flags with a name of their own, by dotted key; undefined ones were not given. */
  flags?: Partial<Record<ConfigKey, unknown>>;
  /** What stands in for the defaults: the stored config of a run that is resumed. */
  stored?: Config;
  cwd: string;
}

type Values = Map<ConfigKey, unknown>;

/**
 * Reads and checks all sources.
 *
 * @returns the whole config, every path in it absolute
 * @throws ConfigError naming key, file and line; UsageError for a `--set` that is not `KEY=VALUE`
 */
export function resolveConfig({ file, set = [], flags = {}, stored, cwd }: ConfigSources): Config {
  const name = file === undefined ? 'default' : path.parse(file).name;
  const values: Values = new Map<ConfigKey, unknown>([
    ['output.run', path.resolve(cwd, 'runs', `${name}.zarr`)],
    ...(stored ? configValues(stored) : []),
    ...(file === undefined ? [] : readConfigFile(file, cwd)),
    ...absolutePaths(readSettings(set), cwd),
    ...absolutePaths(readFlags(flags), cwd),
  ]);
  return buildConfig(values);
}

function readConfigFile(file: string, cwd: string): Values {
  const absolute = path.resolve(cwd, file);
  return absolutePaths(parseConfig(decodeText(readStart(absolute, file), file), file), path.dirname(absolute));
}

/**
 * The values in a YAML text.
 *
 * @param file the name it has in messages
 * @throws ConfigError with the line, and for broken YAML the column
 */
export function parseConfig(text: string, file: string): Values {
  const lines = new LineCounter();
  const root = parseYaml(text, file, lines);
  const at = (node: unknown) => {
    const offset = (node as Node | undefined)?.range?.[0];
    return offset === undefined ? file : `${file}:${lines.linePos(offset).line}`;
  };
  const values: Values = new Map();
  if (isEmpty(root)) return values;
  if (!isMap(root))
    throw new ConfigError(
      `${at(root)}: expected sections such as "training:", found ${describeNode(root)}`,
      undefined,
      file,
    );
  for (const [section, content, sectionNode] of entriesOf(root, file, at)) {
    if (!configSections.includes(section)) throw unknownKey(section, at(sectionNode), file);
    if (isEmpty(content)) continue;
    if (!isMap(content)) {
      throw new ConfigError(
        `${at(content)}: ${section} expects a section of keys, found ${describeNode(content)}`,
        section,
        file,
      );
    }
    for (const [name, value, node] of entriesOf(content, file, at)) {
      const key = `${section}.${name}`;
      if (!isConfigKey(key)) throw unknownKey(key, at(node), file);
      values.set(key, checkValue(key, plainValue(value), at(value ?? node), file));
    }
  }
  return values;
}

function parseYaml(text: string, file: string, lineCounter: LineCounter): unknown {
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const problem = document.errors[0] ?? document.warnings[0];
  if (!problem) return document.contents;
  const { line, col } = lineCounter.linePos(problem.pos[0]);
  throw new ConfigError(`${file}:${line}:${col}: broken YAML: ${plainProblem(problem.message)}`, undefined, file);
}

/** The parser's message without its advice to programmers. It is recursive, and reports the end of its stack itself. */
function plainProblem(message: string): string {
  if (message.startsWith('Maximum call stack')) return 'nested too deeply';
  return message.split(/[;\n]/)[0]!.slice(0, 200);
}

/** Key, value and key node of each pair; only plain text can be a key, and nothing is an alias of something else. */
function entriesOf(map: YAMLMap, file: string, at: (node: unknown) => string): [string, unknown, unknown][] {
  return map.items.map(({ key, value }) => {
    const alias = [key, value].find(isAlias);
    if (alias)
      throw new ConfigError(
        `${at(alias)}: an alias (*${alias.source}) is not understood here, write the value out`,
        undefined,
        file,
      );
    if (!isScalar(key) || typeof key.value !== 'string') {
      throw new ConfigError(`${at(key)}: expected the name of a key, found ${describeNode(key)}`, undefined, file);
    }
    return [key.value, value, key];
  });
}

const isEmpty = (node: unknown) => node === null || node === undefined || (isScalar(node) && node.value === null);
const plainValue = (node: unknown): unknown =>
  isScalar(node) ? node.value : isEmpty(node) ? null : isMap(node) ? {} : [];
const describeNode = (node: unknown) => describeValue(plainValue(node));

function readSettings(set: readonly string[]): Values {
  const values: Values = new Map();
  for (const setting of set) {
    const equals = setting.indexOf('=');
    if (equals < 1)
      throw new UsageError(`--set expects KEY=VALUE, such as training.seed=7, found ${describeValue(setting)}`);
    const key = setting.slice(0, equals).trim();
    if (!isConfigKey(key)) throw unknownKey(key, '--set');
    values.set(key, checkValue(key, valueOfText(key, setting.slice(equals + 1).trim()), '--set'));
  }
  return values;
}

function readFlags(flags: Partial<Record<ConfigKey, unknown>>): Values {
  const values: Values = new Map();
  for (const [key, value] of Object.entries(flags) as [ConfigKey, unknown][]) {
    if (value === undefined) continue;
    const given = typeof value === 'string' ? valueOfText(key, value) : value;
    values.set(key, checkValue(key, given, `--${key.split('.')[1]}`));
  }
  return values;
}

function absolutePaths(values: Values, folder: string): Values {
  for (const [key, value] of values) {
    if (isPathKey(key) && typeof value === 'string') values.set(key, path.resolve(folder, value));
  }
  return values;
}

function unknownKey(key: string, where: string, file?: string): ConfigError {
  const nearest = nearestName(
    key,
    key.includes('.') ? configKeys.map(k => k.key) : [...configSections, ...configKeys.map(k => k.key)],
  );
  const hint =
    nearest === key
      ? `is written as ${nearest.split('.')[1]} in the section ${nearest.split('.')[0]}`
      : `is unknown, the nearest valid one is ${nearest}`;
  return new ConfigError(`${where}: config key ${describeValue(key)} ${hint}`, key, file);
}

/** A name that is right but for its section wins; then the fewest letters to change, whatever their case. */
function nearestName(name: string, names: readonly string[]): string {
  const last = (dotted: string) => dotted.split('.').at(-1)!.toLowerCase();
  const wanted = name.slice(0, 200).toLowerCase();
  const sameLast = names.filter(candidate => last(candidate) === last(wanted));
  const candidates = sameLast.length > 0 ? sameLast : names;
  const far = (candidate: string) => distance(wanted, candidate.toLowerCase());
  return candidates.reduce((best, candidate) => (far(candidate) < far(best) ? candidate : best));
}

/** The file's bytes, but never more than a config may have, so that a device or a disk image does no harm. */
function readStart(absolute: string, file: string): Buffer {
  const buffer = Buffer.alloc(maxConfigBytes + 1);
  let length = 0;
  try {
    const descriptor = openSync(absolute, 'r');
    try {
      for (let read = -1; read !== 0 && length < buffer.length; length += read) {
        read = readSync(descriptor, buffer, length, buffer.length - length, null);
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new ConfigError(`cannot read the config file ${file}: ${reasonOf(error)}`, undefined, file, { cause: error });
  }
  if (length > maxConfigBytes)
    throw new ConfigError(
      `the config file ${file} is longer than ${maxConfigBytes} bytes: is it a config?`,
      undefined,
      file,
    );
  return buffer.subarray(0, length);
}

function decodeText(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigError(`the config file ${file} is not UTF-8 text: is it a config?`, undefined, file, {
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EACCES') return 'permission denied';
  return message;
}
