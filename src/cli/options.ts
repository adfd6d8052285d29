/** Options that several commands read alike. */
import { UsageError } from '../shared/errors.js';

/** Gathers an option that may be repeated. */
export const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

/** An option that is a whole number of at least 1. @throws UsageError */
export function parseCount(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError(`${flag} expects a whole number of at least 1, found ${JSON.stringify(text)}`);
}
