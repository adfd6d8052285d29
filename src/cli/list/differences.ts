/** The settings in which runs differ: what tells the runs of a sweep apart. */
import { type Config, type ConfigKey, configKeys, configValues } from '../../config/config.js';

/** Says where a run is, or how it was computed, and not what was trained. */
const ofPlace: readonly ConfigKey[] = ['output.run', 'data.dir', 'parallel.workers'];

/** Keys, in the order of the config, with the value that each config has. */
export function listDifferences(configs: readonly Config[]): { key: ConfigKey; values: string[] }[] {
  const all = configs.map(configValues);
  return configKeys
    .map(({ key }) => ({ key, values: all.map(values => String(values.get(key) ?? 'none')) }))
    .filter(({ key, values }) => !ofPlace.includes(key) && new Set(values).size > 1);
}
