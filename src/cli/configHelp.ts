/** The config keys as `--help` lists them, made from the schema. */
import { configKeys } from '../shared/config.js';

export function describeConfigKeys(): string {
  const lines = configKeys.map(
    ({ key, description, default: usual, range }) =>
      `  ${key.padEnd(28)} ${description}\n${' '.repeat(31)}${range}; default ${usual}`,
  );
  return `\nConfig keys (in the file, or --set KEY=VALUE):\n${lines.join('\n')}`;
}

/** Gathers an option that may be repeated. */
export const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

/** An option that is a whole number of at least 1. */
export async function parseCount(flag: string, text: string | undefined): Promise<number | undefined> {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= 1) return value;
  const { UsageError } = await import('../shared/errors.js');
  throw new UsageError(`${flag} expects a whole number of at least 1, found ${JSON.stringify(text)}`);
}
