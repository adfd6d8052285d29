/** A cell of the table: all contestants in turn, A B C … A B C …, so that the machine's moods hit them alike. */
import { loadavg } from 'node:os';
import { baseline, type Contestant, contestants } from './contestants.js';
import type { Job } from './job.js';
import { describeCommit, describeMachine } from './machine.js';
import type { CellResult, Round } from './results.js';
import { isPinned, type Measurement, type Running, runContestant } from './runContestant.js';
import { addRatios, summarizeRun } from './statistics.js';

export interface CellOptions extends Omit<Running, 'onStep'> {
  readonly rounds: number;
  readonly only: readonly string[];
  /** For people: what the images are. */
  readonly images: string;
  readonly onStep: (round: number, contestant: string, done: number) => void;
  /** After every round: all that is known of the cell. */
  readonly onRound: (cell: CellResult) => Promise<void>;
}

export async function measureCell(job: Job, options: CellOptions): Promise<void> {
  const { chosen, skipped } = choose(options.only);
  const { batch, threads, warmUp, measured } = job;
  const cell: CellResult = {
    ...{ batch, threads, warmUp, measured, ...(await describeCommit()), machine: describeMachine() },
    ...{ pinned: isPinned(threads), images: options.images, versions: {}, skipped, firstLosses: {}, rounds: [] },
  };
  for (let round = 0; round < options.rounds; round++) {
    cell.rounds.push(await measureRound(job, round, chosen, cell, options));
    await options.onRound(cell);
  }
}

/** Notes what a run shows of its training. @throws Error if the contestant does not train what the others train */
export function noteTraining(
  { name, otherMaths }: Pick<Contestant, 'name' | 'otherMaths'>,
  { losses, versions }: Pick<Measurement, 'losses' | 'versions'>,
  cell: Pick<CellResult, 'firstLosses' | 'versions'>,
): void {
  if (!losses.flat().every(Number.isFinite)) throw new Error(`${name} has a loss that is not finite`);
  const [first] = losses as [[number, number]];
  cell.firstLosses[name] = first;
  if (Object.keys(versions).length > 0) cell.versions[name] = versions;
  const expected = cell.firstLosses[baseline];
  const allowed = otherMaths ? 0.1 : 1e-4;
  if (expected?.every((loss, i) => Math.abs(loss - first[i]!) <= allowed) === false) {
    throw new Error(`${name} does not train the same: the losses of its first step are ${first}, expected ${expected}`);
  }
}

async function measureRound(
  job: Job,
  number: number,
  chosen: readonly Contestant[],
  cell: CellResult,
  options: CellOptions,
): Promise<Round> {
  const round: Round = { startedAt: new Date().toISOString(), loadBefore: loadavg()[0]!, runs: {} };
  for (const contestant of chosen) {
    const onStep = (done: number) => options.onStep(number, contestant.name, done);
    const measurement = await runContestant(contestant, job, { ...options, onStep });
    noteTraining(contestant, measurement, cell);
    round.runs[contestant.name] = summarizeRun(measurement);
  }
  return { ...round, runs: addRatios(round.runs) };
}

function choose(only: readonly string[]) {
  const skipped: Record<string, string> = {};
  const chosen = contestants.filter(({ name, refusal }) => {
    if (!only.includes(name)) return false;
    const reason = refusal?.();
    if (reason !== undefined) skipped[name] = reason;
    return reason === undefined;
  });
  return { chosen, skipped };
}
