/** How many worker threads a run has: never more than slices, for a worker without a slice has nothing to do. */
import os from 'node:os';
import type { Config } from '../../config/config.js';

/** @returns the number, and a notice for the user if it is not the number that the config asks for */
export function countWorkers(
  { parallel }: Pick<Config, 'parallel'>,
  available: number = os.availableParallelism(),
): { workers: number; notice?: string } {
  const { workers, slices } = parallel;
  if (workers === 'auto') return { workers: Math.max(1, Math.min(slices, available)) };
  if (workers <= slices) return { workers };
  return {
    workers: slices,
    notice: `parallel.workers is ${workers}, but there are only ${slices} slices to share out (parallel.slices): using ${slices} workers`,
  };
}
