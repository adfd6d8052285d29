/**
 * Whether a build leaves the bytes that another one left, in the corners of what may be set: for
 * changes that must change nothing. Of the builds only the command line and the stores are used, so
 * their sources may lie anywhere.
 *
 *     npm run same-bytes -- ../gan-dist-before .
 */
import { parseArgs } from 'node:util';
import { UsageError } from '../../src/index.js';
import { findProgram } from '../../tests/buildProgram.js';
import { makeTemporaryFolder } from '../../tests/cli/program.js';
import { openLongProgram } from '../../tests/longProgram.js';
import { type Case, cases } from './cases.js';
import { findDifference, type Outcome } from './compareOutcomes.js';
import { type Trained, trainCase } from './trainCase.js';

const help = `Compares what two builds of gan-dist compute, bit by bit: npm run same-bytes -- [options] BEFORE AFTER

Both are folders of clones that are built (npm run build). For each case both train the same steps of the embedded digits. Metrics of every
step, all files of the last checkpoint and the last sample must be the same, and also those of cases that differ in workers alone. A line a
case says "equal", or what differs first; exit with 1 if anything does. With 60 steps it takes some ten minutes.

  --steps N      steps of each case; by default 60
  --case NAME    only this one; may be repeated
  --help         this text

Cases, each with its number of workers at the end of its name:
${cases.map(({ name, set }) => `  ${name.padEnd(16)} ${set.join(' ')}`).join('\n')}`;

const { status, signals, run } = openLongProgram('stopping');

await run(async () => {
  const { values, positionals: folders } = parse(process.argv.slice(2));
  if (values.help) return console.log(help);
  if (folders.length !== 2)
    throw new UsageError(`expected two folders of builds, found ${folders.length} (--help says more)`);
  const [steps, chosen] = [readSteps(values.steps), chooseCases(values.case)];
  const programs = folders.map(findProgram);
  const cwd = makeTemporaryFolder();
  /** What the first case of each group left before. */
  const firsts = new Map<string, { name: string; outcome: Outcome }>();
  const counts = { equal: 0, different: 0, skipped: 0 };
  for (const each of chosen) {
    const trained: Trained[] = [];
    for (const [place, program] of programs.entries())
      trained.push(
        await trainCase(program, each, steps, { cwd, signal: signals.signal, onLine: counter(each, place) }),
      );
    const [before, after] = trained as [Trained, Trained];
    const first = firsts.get(each.group);
    const { kind, line } = judge(before, after, first);
    if (!first && !('failed' in before)) firsts.set(each.group, { name: each.name, outcome: before });
    counts[kind]++;
    status.end();
    console.log(`${each.name}: ${line ?? `equal (${steps} steps)`}`);
  }
  console.log(`cases: ${counts.equal} equal, ${counts.different} different, ${counts.skipped} skipped`);
  if (counts.different > 0) process.exitCode = 1;

  function counter({ name }: Case, place: number) {
    let step = 0;
    return () => status.draw(`${name}, ${folders[place]}: step ${++step} of ${steps}`);
  }
});

function judge(
  before: Trained,
  after: Trained,
  first: { name: string; outcome: Outcome } | undefined,
): { kind: 'equal' | 'different' | 'skipped'; line?: string } {
  const failures = [before, after].map(trained => ('failed' in trained ? trained.failed : undefined));
  // Both must say it: a build that refuses what the other one trains is another build.
  if (failures.every(failure => failure?.includes('needs a processor with')))
    return { kind: 'skipped', line: `skipped: ${failures[0]!.replace(/^exit \d+: /, '')}` };
  const place = failures.findIndex(failure => failure !== undefined);
  if ('failed' in before || 'failed' in after)
    return { kind: 'different', line: `${place === 0 ? 'before' : 'after'} failed with ${failures[place]}` };
  const parted = findDifference(before, after);
  if (parted !== undefined) return { kind: 'different', line: `before and after differ: ${parted}` };
  const workers = first && findDifference(first.outcome, after);
  return workers === undefined
    ? { kind: 'equal' }
    : { kind: 'different', line: `${first!.name} and this differ: ${workers}` };
}

function parse(args: string[]) {
  const options = {
    steps: { type: 'string', default: '60' },
    case: { type: 'string', multiple: true },
    help: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('\n')[0]} (--help says more)`);
  }
}

function readSteps(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new UsageError(`--steps expects a whole number from 1 to 999, found ${JSON.stringify(text)}`);
}

function chooseCases(names: readonly string[] | undefined): readonly Case[] {
  const known = cases.map(({ name }) => name);
  const unknown = names?.find(name => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`--case expects one of ${known.join(', ')}, found ${JSON.stringify(unknown)}`);
  return cases.filter(({ name }) => !names || names.includes(name));
}
