/**
 * A config's text: YAML of two levels, sections and keys. The tree is walked as it was written, so
 * every message has its line; aliases, tags and other ways to write what is not there are refused.
 */
import { isAlias, isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { ConfigError } from '../shared/errors.js';
import { type ConfigKey, type ConfigValues, checkValue, configSections, describeValue, isConfigKey } from './config.js';
import { unknownKey } from './unknownKey.js';

/** Where a node stands, as `FILE:LINE`, and the error for it. */
interface Place {
  at(node: unknown): string;
  fail(node: unknown, problem: string, key?: string): ConfigError;
}

/**
 * The values in a YAML text, checked, but with paths as they are written.
 *
 * @param file the name it has in messages
 * @throws ConfigError with the line, and for broken YAML the column
 */
export function parseConfig(text: string, file: string): ConfigValues {
  const lines = new LineCounter();
  const place = placeIn(file, lines);
  const root = parseYaml(text, file, lines);
  const values = new Map<ConfigKey, unknown>();
  for (const [section, content, sectionNode] of sectionsOf(root, place)) {
    if (!configSections.includes(section)) throw unknownKey(section, place.at(sectionNode), file);
    if (isEmpty(content)) continue;
    if (!isMap(content)) {
      throw place.fail(content, `${section} expects a section of keys, found ${describeNode(content)}`, section);
    }
    for (const [name, value, node] of entriesOf(content, place)) {
      const key = `${section}.${name}`;
      if (!isConfigKey(key)) throw unknownKey(key, place.at(node), file);
      values.set(key, checkValue(key, plainValue(value), place.at(value ?? node), file));
    }
  }
  return values;
}

function placeIn(file: string, lines: LineCounter): Place {
  const at = (node: unknown) => {
    const offset = (node as Node | undefined)?.range?.[0];
    return offset === undefined ? file : `${file}:${lines.linePos(offset).line}`;
  };
  return { at, fail: (node, problem, key) => new ConfigError(`${at(node)}: ${problem}`, key, file) };
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

/** A key, its value, and the key's node. */
type Entry = [name: string, value: unknown, node: unknown];

function sectionsOf(root: unknown, place: Place): Entry[] {
  if (isEmpty(root)) return [];
  if (isMap(root)) return entriesOf(root, place);
  throw place.fail(root, `expected sections such as "training:", found ${describeNode(root)}`);
}

/** Only plain text can be a key, and nothing is an alias of something else. */
function entriesOf(map: YAMLMap, place: Place): Entry[] {
  return map.items.map(({ key, value }) => {
    const alias = [key, value].find(isAlias);
    if (alias) throw place.fail(alias, `an alias (*${alias.source}) is not understood here, write the value out`);
    if (isScalar(key) && typeof key.value === 'string') return [key.value, value, key];
    throw place.fail(key, `expected the name of a key, found ${describeNode(key)}`);
  });
}

const isEmpty = (node: unknown) => node === null || node === undefined || (isScalar(node) && node.value === null);

function plainValue(node: unknown): unknown {
  if (isScalar(node)) return node.value;
  return isEmpty(node) ? null : isMap(node) ? {} : [];
}

const describeNode = (node: unknown) => describeValue(plainValue(node));
