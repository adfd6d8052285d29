/** Options that several commands read alike. */
import { describeValue } from '../../config/config.js';
import { integer, type Kind, workersKind } from '../../config/valueKinds.js';
import { UsageError } from '../../shared/errors.js';
import { expandHome, problemOfPath } from '../../shared/paths.js';

/** Gathers an option that may be repeated. */
export const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

/** Of `train` and `resume`. */
export const maxRestartsOption = [
  '--max-restarts <n>',
  'train in a process of its own, and start it again at most so often if it crashes',
] as const;

/** Of `train` and `resume`. */
export const maxTimeOption = [
  '--max-time <time>',
  'stop with a checkpoint before so much time is over, such as 11h or 1h30m; exit 75 if the run is not done then',
] as const;

/** Of `train` and `resume`. */
export const tensorboardOption = [
  '--tensorboard <dir>',
  'write curves and pictures for TensorBoard there, too',
] as const;

/**
 * An option or argument that is a path; `~` is the home folder.
 * @throws UsageError for what can be none
 */
export const pathOption =
  (flag: string) =>
  (text: string): string => {
    const problem = text === '-' ? noStream : problemOfPath(text);
    if (problem === undefined) return expandHome(text);
    throw new UsageError(`${flag} ${problem}`);
  };

const noStream =
  'expects a path, found "-": files are neither read from stdin nor written to stdout; one of that name is ./-';

/** The argument of the commands that take a run. */
export const runArgument = ['<run>', 'the run’s store', pathOption('<run>')] as const;

/** Another run, to compare. */
export const otherRunArgument = ['[run_b]', 'another run, to compare', pathOption('[run_b]')] as const;

/**
 * An option that counts something, such as steps.
 * @throws UsageError for less than `least`, by default 1, or more than `most`
 */
export const parseCount = (flag: string, text: string | undefined, least = 1, most = 100_000_000): number | undefined =>
  parse(flag, text, integer(least, most));

/** `--workers`. @throws UsageError */
export const parseWorkers = (text: string | undefined): number | 'auto' | undefined =>
  parse('--workers', text, workersKind);

function parse<Value>(flag: string, text: string | undefined, kind: Kind<Value>): Value | undefined {
  if (text === undefined) return undefined;
  const value = kind.fromText(text);
  const accepted = kind.accept(value);
  if (accepted === undefined) throw new UsageError(`${flag} expects ${kind.range}, found ${describeValue(value)}`);
  return accepted;
}
