/**
 * Metrics and samples that were committed and are damaged: what the run has lost, in steps. Where
 * going on must write over the damage, the root attribute `lost` keeps it, as the files do not show
 * it any more.
 */
import { metricAt } from '../layout.js';

/** One array, or all `samples`, of the steps `from` to `to`, both included. */
export interface Lost {
  array: string;
  from: number;
  to: number;
}

/** As `metrics/d_loss of steps 0 to 99 is lost: it reads as NaN`. */
export const describeLost = (lost: Lost): string =>
  lost.array === 'samples'
    ? `${nameLost(lost)} are lost: which steps they were of cannot be read`
    : `${nameLost(lost)} is lost: it reads as ${readsAs(lost.array)}`;

/** A complete chunk stays as it is: it is whole again when its file comes back. */
export const describeUnreadable = (lost: Lost): string =>
  `${nameLost(lost)} is lost, unless you have a copy of that file`;

/** What a run has lost when it goes back to so many steps, which are computed again, and loses more. */
export function addLost(before: readonly Lost[], more: readonly Lost[], steps: number): Lost[] {
  const covers = (a: Lost, b: Lost) => a.array === b.array && a.from <= b.from && b.to <= a.to;
  return [...before.filter(old => !more.some(lost => covers(lost, old))), ...more]
    .map(lost => ({ ...lost, to: Math.min(lost.to, steps - 1) }))
    .filter(({ from, to }) => from <= to);
}

export function isLost(json: unknown): json is Lost {
  const { array, from, to } = (json ?? {}) as Partial<Lost>;
  return typeof array === 'string' && Number.isSafeInteger(from) && Number.isSafeInteger(to);
}

const nameLost = ({ array, from, to }: Lost): string =>
  `${array} of ${from === to ? `step ${from}` : `steps ${from} to ${to}`}`;

const readsAs = (array: string): string => (metricAt(array)?.dtype === '<f4' ? 'NaN' : '0');
