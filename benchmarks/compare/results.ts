/** The committed results: a cell for each batch size and number of threads, with every round as it was measured. */
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Cell } from './job.js';
import type { Machine } from './machine.js';

/** One process. */
export interface RunResult {
  medianMs: number;
  minimumMs: number;
  meanMs: number;
  peakMiB?: number;
  /** How many steps count; fewer than the cell's if the run took too long. */
  steps: number;
  /** Its median by that of the baseline in the same round; absent where the baseline did not take part. */
  toBaseline?: number;
}

export interface Round {
  /** ISO 8601. */
  startedAt: string;
  /** Processes that wanted to run, on average over the minute before: 0 on a machine that was left alone. */
  loadBefore: number;
  /** By contestant, in the order in which they ran. */
  runs: Record<string, RunResult>;
}

export interface CellResult extends Cell {
  /** The commit that was measured; `changed` if its sources were. */
  commit: string;
  changed: boolean;
  machine: Machine;
  /** Whether all had one core only. */
  pinned: boolean;
  images: string;
  versions: Record<string, Readonly<Record<string, string>>>;
  /** Who could not take part, and why. */
  skipped: Record<string, string>;
  /** Of the first step, [D's, G's]: whoever trains the same has the same. */
  firstLosses: Record<string, [number, number]>;
  rounds: Round[];
}

export interface Results {
  cells: CellResult[];
}

export async function readResults(file: string): Promise<Results> {
  return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : { cells: [] };
}

/** Puts a cell in the place of the one of the same batch size and threads; all others stay. */
export function mergeCell({ cells }: Results, cell: CellResult): Results {
  const others = cells.filter(({ batch, threads }) => batch !== cell.batch || threads !== cell.threads);
  return { cells: [...others, cell].sort((a, b) => b.threads - a.threads || a.batch - b.batch) };
}

/** Whole or not at all: a session may be broken off. */
export async function writeResults(file: string, results: Results): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(results, null, 1)}\n`);
  await rename(temporary, file);
}
