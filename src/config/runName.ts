/**
 * `output.run` may hold settings, so that the runs of a sweep have names that tell them apart:
 * `runs/lr{training.learningRate}-s{training.seed}.zarr`.
 */
import { ConfigError } from '../shared/errors.js';
import { type Config, configKeys, configValues, describeValue, isConfigKey, isPathKey } from './config.js';

const setting = /\{([^{}]*)\}/g;

/** The path with the values in the place of the keys. @throws ConfigError for what is no key */
export function fillRunName(config: Config): string {
  const values = configValues(config);
  return config.output.run.replace(setting, (whole, key: string) => {
    if (isConfigKey(key) && !isPathKey(key)) return String(values.get(key) ?? 'none');
    const keys = configKeys.map(known => known.key).filter(known => !isPathKey(known));
    throw new ConfigError(
      `output.run: ${describeValue(whole)} is not a setting that a run's name can hold; those are ${keys.join(', ')}`,
      'output.run',
    );
  });
}
