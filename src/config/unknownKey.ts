/** What to say about a config key that there is not: the nearest one that there is. */
import { distance } from 'fastest-levenshtein';
import { ConfigError } from '../shared/errors.js';
import { configKeys, configSections, describeValue } from './config.js';

const dottedKeys = configKeys.map(({ key }) => key);

/**
 * The error for a key that the schema does not have.
 *
 * @param where stands before the message: file and line, or `--set`
 */
export function unknownKey(key: string, where: string, file?: string): ConfigError {
  const nearest = nearestName(key, key.includes('.') ? dottedKeys : [...configSections, ...dottedKeys]);
  const [section, name] = nearest.split('.');
  const isSection = (configSections as readonly string[]).includes(key);
  const hint = isSection
    ? `is a section: name a key in it, such as ${dottedKeys.find(dotted => dotted.startsWith(`${key}.`))}`
    : nearest === key
      ? `is written as ${name} in the section ${section}`
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
