/** The kinds of values that a config key can have: what they accept, how they say so, and what a text means to them. */
import { problemOfPath } from '../shared/paths.js';

/** What a key's value may be. `accept` gives the value in its final form, or undefined if it is refused. */
export interface Kind<Value> {
  range: string;
  accept(value: unknown): Value | undefined;
  /** What a value written on the command line means; the text itself if it means nothing to this kind. */
  fromText(text: string): unknown;
  isPath?: true;
  /** Why a value of the right type cannot be meant, in words of its own: completes "output.run …". */
  problem?(accepted: unknown): string | undefined;
}

export function oneOf<const Word extends string>(words: readonly Word[], range: string = listOf(words)): Kind<Word> {
  return { range, accept: value => words.find(word => word === value), fromText: text => text };
}

const listOf = (words: readonly string[]) => `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

export function number(range: string, allows: (value: number) => boolean): Kind<number> {
  return {
    range,
    // `+ 0` turns -0, which JSON cannot hold, into 0.
    accept: value => (typeof value === 'number' && Number.isFinite(value) && allows(value) ? value + 0 : undefined),
    fromText: text => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text),
  };
}

/** A number that is still in the range as the float32 that the arithmetic sees. */
export function float32(range: string, allows: (value: number) => boolean): Kind<number> {
  const fits = (value: number) => allows(value) && allows(Math.fround(value)) && Number.isFinite(Math.fround(value));
  return number(`${range} (as float32)`, fits);
}

export function integer(least: number, most: number): Kind<number> {
  return number(
    `an integer from ${least} to ${most}`,
    value => Number.isInteger(value) && value >= least && value <= most,
  );
}

export function flag(): Kind<boolean> {
  return {
    range: 'true or false',
    accept: value => (typeof value === 'boolean' ? value : undefined),
    fromText: text => (text === 'true' ? true : text === 'false' ? false : text),
  };
}

export function path(): Kind<string> {
  return {
    range: 'a path',
    accept: value =>
      typeof value === 'string' && value !== '' && value.length <= 4096 && !value.includes('\0') ? value : undefined,
    fromText: text => text,
    isPath: true,
    problem: value => problemOfPath(String(value)),
  };
}

export function orWord<const Word extends string, Value>(word: Word, kind: Kind<Value>): Kind<Value | Word> {
  return {
    range: `${kind.range}, or ${word}`,
    accept: value => (value === word ? word : kind.accept(value)),
    fromText: text => (text === word ? text : kind.fromText(text)),
  };
}

/** Numbers of worker threads. */
export const workersKind = orWord('auto', integer(1, 65_536));
