/** The config keys as `--help` lists them, made from the schema. */
import { configKeys } from '../../config/config.js';

export function describeConfigKeys(): string {
  const lines = configKeys.map(
    ({ key, description, default: usual, range }) =>
      `  ${key.padEnd(28)} ${description}\n${' '.repeat(31)}${range}; default ${usual}`,
  );
  return `\nConfig keys (in the file, or --set KEY=VALUE; ~/ is the home folder):\n${lines.join('\n')}`;
}
