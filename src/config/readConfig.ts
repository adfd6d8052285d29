/**
 * A run's config from where people write it: flags beat `--set`, which beats the file, which beats the defaults. Paths
 * on the command line are relative to the working folder, paths in a file to that file's folder, and ~/ is the home folder;
 * all become absolute.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { ConfigError, UsageError } from '../shared/errors.js';
import { describeForeign } from '../shared/foreignContent.js';
import { resolvePath } from '../shared/paths.js';
import {
  buildConfig,
  type Config,
  type ConfigKey,
  type ConfigValues,
  checkValue,
  configValues,
  describeValue,
  isConfigKey,
  isPathKey,
  valueOfText,
} from './config.js';
import { parseConfig } from './parseConfig.js';
import { fillRunName } from './runName.js';
import { unknownKey } from './unknownKey.js';

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

/**
 * Reads and checks all sources.
 *
 * @returns the whole config, every path in it absolute
 * @throws ConfigError naming key, file and line; UsageError for a `--set` that is not `KEY=VALUE`
 */
export function resolveConfig({ file, set = [], flags = {}, stored, cwd }: ConfigSources): Config {
  const name = file === undefined ? 'default' : path.parse(file).name;
  const values = new Map<ConfigKey, unknown>([
    ['output.run', path.resolve(cwd, 'runs', `${name}.zarr`)],
    ...(stored ? configValues(stored) : []),
    ...(file === undefined ? [] : readConfigFile(file, cwd)),
    ...absolutePaths(readSettings(set), cwd),
    ...absolutePaths(readFlags(flags), cwd),
  ]);
  const config = buildConfig(values);
  // The run that is resumed has its name already.
  return stored ? config : { ...config, output: { ...config.output, run: fillRunName(config) } };
}

function readConfigFile(file: string, cwd: string): ConfigValues {
  const absolute = path.resolve(cwd, file);
  return absolutePaths(parseConfig(decodeText(readStart(absolute, file), file), file), path.dirname(absolute));
}

function readSettings(set: readonly string[]): ConfigValues {
  const values = new Map<ConfigKey, unknown>();
  for (const setting of set) {
    const equals = setting.indexOf('=');
    if (equals < 1)
      throw new UsageError(`--set expects KEY=VALUE, such as training.seed=7, found ${describeValue(setting)}`);
    const written = setting.slice(0, equals);
    const key = written.trim();
    if (!isConfigKey(key)) throw unknownKey(key, '--set');
    // A name may begin or end with a space; in `output.run = a.zarr`, they are not of the name.
    const text = setting.slice(equals + 1);
    const value = isPathKey(key) && !written.endsWith(' ') ? text : text.trim();
    values.set(key, checkValue(key, valueOfText(key, value), '--set'));
  }
  return values;
}

function readFlags(flags: Partial<Record<ConfigKey, unknown>>): ConfigValues {
  const values = new Map<ConfigKey, unknown>();
  for (const [key, value] of Object.entries(flags) as [ConfigKey, unknown][]) {
    if (value === undefined) continue;
    const given = typeof value === 'string' ? valueOfText(key, value) : value;
    values.set(key, checkValue(key, given, `--${key.split('.')[1]}`));
  }
  return values;
}

function absolutePaths(values: ConfigValues, folder: string): ConfigValues {
  const resolved = (key: ConfigKey, value: unknown) =>
    isPathKey(key) && typeof value === 'string' ? resolvePath(folder, value) : value;
  return new Map(Array.from(values, ([key, value]) => [key, resolved(key, value)]));
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
  const foreign = describeForeign(buffer.subarray(0, length), 'a config');
  if (foreign) throw new ConfigError(`the config file ${file} ${foreign}`, undefined, file);
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
