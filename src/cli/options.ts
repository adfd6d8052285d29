/** Options that several commands read alike. */
import { describeValue } from '../shared/config.js';
import { integer } from '../shared/configKinds.js';
import { UsageError } from '../shared/errors.js';

/** Gathers an option that may be repeated. */
export const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

/** An option that is a path. @throws UsageError for an empty one, which would mean the working folder by accident */
export const pathOption =
  (flag: string) =>
  (text: string): string => {
    if (text !== '') return text;
    throw new UsageError(`${flag} expects a path, found ""`);
  };

/** An option that counts something, such as steps. @throws UsageError for less than `least`, by default 1 */
export function parseCount(flag: string, text: string | undefined, least = 1): number | undefined {
  if (text === undefined) return undefined;
  const count = integer(least, 100_000_000);
  const value = count.fromText(text);
  const accepted = count.accept(value);
  if (accepted === undefined) throw new UsageError(`${flag} expects ${count.range}, found ${describeValue(value)}`);
  return accepted;
}
