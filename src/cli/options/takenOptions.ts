/** `--run --json`: commander would take the second option for the value of the first. */
import type { Command } from 'commander';
import { UsageError } from '../../shared/errors.js';

/** Lets a command refuse such a line when it is parsed. */
export function refuseTakenOptions(command: Command): void {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = words => {
    assertValues(command, words);
    return parse(words);
  };
}

/** @throws UsageError */
function assertValues(command: Command, words: readonly string[]): void {
  for (let at = 0; at < words.length && words[at] !== '--'; at++) {
    const flag = words[at]!;
    if (!command.options.some(option => option.required && (option.long === flag || option.short === flag))) continue;
    const value = words[++at];
    if (value === undefined || !isLikeOption(value)) continue;
    throw new UsageError(
      `${flag} expects a value, found ${JSON.stringify(value)}, which is an option; if that is the value, write ${flag}=${value}`,
    );
  }
}

/** A number may be negative, and a dash alone is told apart by who reads it. */
const isLikeOption = (word: string): boolean => /^-[^\d.]/.test(word);
