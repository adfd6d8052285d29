/**
 * What more cores would bring, reckoned from the phases that were measured. With W workers a rank
 * has ⌈S / W⌉ of the S slices, so a phase takes
 *
 *     t(W) = fixed + slice · ⌈S / W⌉
 *
 * where `fixed` is what every rank does, however many there are (Amdahl's serial part). Both are
 * fitted to the measured numbers of workers by least squares, neither below 0. A batch cut into
 * more slices has smaller ones: `slice` shrinks by as much.
 */
import type { Measurement } from './measure.js';

export interface PhaseModel {
  readonly name: string;
  /** ms that every rank takes, and ms for each of its slices. */
  readonly fixed: number;
  readonly slice: number;
}

export interface Prediction {
  readonly cores: number;
  readonly slices: number;
  /** ms. */
  readonly stepMs: number;
  /** The phase that takes longest, and its part of the step, from 0 to 1. */
  readonly limit: string;
  readonly part: number;
}

/** @param measurements - at least one; of one alone, all is taken to be in the slices */
export function fitPhases(measurements: readonly Measurement[], slices: number): PhaseModel[] {
  return measurements[0]!.phases.map(({ name }, place) => {
    const points = measurements.map(
      ({ workers, phases }) => [Math.ceil(slices / workers), phases[place]!.slowest] as const,
    );
    return { name, ...fitLine(points) };
  });
}

/** @param images - of a batch: it is cut into no more slices than that */
export function predict(model: readonly PhaseModel[], slices: number, cores: number, images: number): Prediction {
  const cut = Math.max(slices, Math.min(cores, images));
  const times = model.map(({ name, fixed, slice }) => ({
    name,
    ms: fixed + ((slice * slices) / cut) * Math.ceil(cut / cores),
  }));
  const stepMs = times.reduce((sum, { ms }) => sum + ms, 0);
  const longest = times.reduce((a, b) => (b.ms > a.ms ? b : a));
  return { cores, slices: cut, stepMs, limit: longest.name, part: longest.ms / stepMs };
}

/** t = fixed + slice · x, by least squares, with neither below 0. */
function fitLine(points: readonly (readonly [x: number, t: number])[]): { fixed: number; slice: number } {
  const sum = (value: (x: number, t: number) => number) => points.reduce((total, [x, t]) => total + value(x, t), 0);
  const [n, x, t] = [points.length, sum(x => x), sum((_, t) => t)];
  const spread = n * sum(x => x * x) - x * x;
  const through0 = { fixed: 0, slice: sum((x, t) => x * t) / sum(x => x * x) };
  if (spread === 0) return through0;
  const slice = (n * sum((x, t) => x * t) - x * t) / spread;
  if (slice < 0) return { fixed: t / n, slice: 0 };
  const fixed = (t - slice * x) / n;
  return fixed < 0 ? through0 : { fixed, slice };
}
