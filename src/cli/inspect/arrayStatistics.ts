/** What can be said of an array's numbers. */
import { distance } from 'fastest-levenshtein';
import { StoreError } from '../../shared/errors.js';
import type { ArrayData, Run } from '../../store/index.js';
import { formatCount, formatDtype, formatNumber, formatShape } from '../terminal/format.js';

/** Of the finite numbers; null where there are none, but for their number and norm. */
export interface ArrayStatistics {
  path: string;
  shape: readonly number[];
  dtype: ArrayData['dtype'];
  count: number;
  nonFinite: number;
  min: number | null;
  max: number | null;
  mean: number | null;
  /** Of the population. */
  std: number | null;
  /** `sqrt(Σ x²)`. */
  l2Norm: number;
  /** As they are in the array, at most eight; integers of 64 bits as text. */
  first: (number | string)[];
}

const firstValues = 8;

/** @throws StoreError naming the nearest arrays when there is none at `path`, or the file that is damaged */
export async function readStatistics(run: Run, path: string): Promise<ArrayStatistics> {
  const wanted = path.replace(/^\/+|\/+$/g, '');
  const paths = (await run.listArrays()).map(array => array.path);
  if (!paths.includes(wanted)) {
    const nearest = nearestPaths(wanted, paths).join(', ');
    throw new StoreError(
      `there is no array ${JSON.stringify(wanted)} in ${run.path}; the nearest are ${nearest}`,
      run.path,
    );
  }
  return describeArray(wanted, await run.readArray(wanted));
}

/** In double precision, in two passes: the variance of numbers around a large mean stays right. */
export function describeArray(path: string, { shape, dtype, data }: ArrayData): ArrayStatistics {
  const values = data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
  let [count, sum, squares, deviations] = [0, 0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    count++;
    sum += value;
    squares += value * value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = sum / count;
  for (const value of values) if (Number.isFinite(value)) deviations += (value - mean) ** 2;
  const some = (value: number) => (count === 0 ? null : value);
  return {
    path,
    shape,
    dtype,
    count: data.length,
    nonFinite: data.length - count,
    min: some(min),
    max: some(max),
    mean: some(mean),
    std: some(Math.sqrt(deviations / count)),
    l2Norm: Math.sqrt(squares),
    first: Array.from<number | bigint>(data.subarray(0, firstValues)).map(value =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  };
}

/**
 * The fewest letters to change. Without a checkpoint in the wanted path, it is the newest one's
 * tensors that are meant.
 */
function nearestPaths(wanted: string, paths: readonly string[]): string[] {
  const withoutCheckpoint = (path: string) => path.replace(/^checkpoints\/\d+\//, '');
  const shortened = wanted.slice(0, 200);
  const named = shortened.startsWith('checkpoints/');
  const candidates = new Map<string, { path: string; far: number }>();
  for (const path of paths) {
    const far = distance(shortened, named ? path : withoutCheckpoint(path));
    // Checkpoints come oldest first: the newest of equals stays.
    const before = candidates.get(withoutCheckpoint(path));
    if (!before || far <= before.far) candidates.set(withoutCheckpoint(path), { path, far });
  }
  const nearest = [...candidates.values()].sort((a, b) => a.far - b.far);
  return nearest.slice(0, 3).map(({ path }) => path);
}

export function formatStatistics(statistics: ArrayStatistics): string {
  const { path, shape, dtype, count, nonFinite, min, max, mean, std, l2Norm, first } = statistics;
  const more = first.length < count ? ' …' : '';
  const rows: [string, string][] = [
    ['shape', formatShape(shape)],
    ['dtype', formatDtype(dtype)],
    ['count', formatCount(count)],
    ['not finite', formatCount(nonFinite)],
    ['min', formatNumber(min)],
    ['max', formatNumber(max)],
    ['mean', formatNumber(mean)],
    ['std', formatNumber(std)],
    ['L2 norm', formatNumber(l2Norm)],
    ['first', first.map(value => (typeof value === 'string' ? value : formatNumber(value))).join(' ') + more],
  ];
  return [path, ...rows.map(([name, value]) => `  ${name.padEnd(11)}${value}`)].join('\n');
}
