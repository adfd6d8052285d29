/** Medians and what is made of them. */
import { median } from '../../src/coordinator/bench/median.js';
import { baseline } from './contestants.js';
import type { CellResult, Round, RunResult } from './results.js';
import type { Measurement } from './runContestant.js';

export function summarizeRun({ stepMs, peakMiB }: Pick<Measurement, 'stepMs' | 'peakMiB'>): RunResult {
  const mean = stepMs.reduce((sum, ms) => sum + ms, 0) / stepMs.length;
  return {
    medianMs: round(median(stepMs)),
    minimumMs: round(Math.min(...stepMs)),
    meanMs: round(mean),
    peakMiB,
    steps: stepMs.length,
  };
}

/** Compares with the baseline of the same round, which the machine's moods hit alike. */
export function addRatios(runs: Round['runs']): Round['runs'] {
  const base = runs[baseline]?.medianMs;
  if (base === undefined) return runs;
  const entries = Object.entries(runs).map(([name, run]) => [name, { ...run, toBaseline: round(run.medianMs / base) }]);
  return Object.fromEntries(entries);
}

export interface Summary {
  /** Median of the rounds' medians. */
  medianMs: number;
  minimumMs: number;
  /** Median of the rounds' ratios. */
  toBaseline?: number;
  /** The most of all rounds. */
  peakMiB?: number;
}

/** Of a contestant in a cell, or undefined if it was not there. */
export function summarize({ rounds }: Pick<CellResult, 'rounds'>, contestant: string): Summary | undefined {
  const runs = rounds.flatMap(({ runs }) => runs[contestant] ?? []);
  if (runs.length === 0) return undefined;
  const ratios = runs.flatMap(({ toBaseline }) => toBaseline ?? []);
  const peaks = runs.flatMap(({ peakMiB }) => peakMiB ?? []);
  return {
    medianMs: median(runs.map(({ medianMs }) => medianMs)),
    minimumMs: Math.min(...runs.map(({ minimumMs }) => minimumMs)),
    toBaseline: ratios.length > 0 ? median(ratios) : undefined,
    peakMiB: peaks.length > 0 ? Math.max(...peaks) : undefined,
  };
}

const round = (value: number): number => Number(value.toFixed(3));
