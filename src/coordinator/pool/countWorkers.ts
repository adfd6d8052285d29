/** How many worker threads a run has: never more than slices, for a worker without a slice has nothing to do. */
import os from 'node:os';
import type { Config } from '../../config/config.js';
import { readControlGroup } from '../../shared/controlGroup.js';

/**
 * Processors that this process may use at once: those it is bound to (a cpuset, taskset), and no
 * more than its container's quota of their time gives, which Node's own count leaves out before 22.
 */
export const countProcessors = (quota = readControlGroup().processors ?? Number.POSITIVE_INFINITY): number =>
  Math.max(1, Math.min(os.availableParallelism(), Math.ceil(quota)));

/** @returns the number, and a notice for the user if it is not the number that the config asks for */
export function countWorkers(
  { parallel }: Pick<Config, 'parallel'>,
  available: number = countProcessors(),
): { workers: number; notice?: string } {
  const { workers, slices } = parallel;
  if (workers === 'auto') return { workers: Math.max(1, Math.min(slices, available)) };
  if (workers <= slices) return { workers };
  return {
    workers: slices,
    notice: `parallel.workers is ${workers}, but there are only ${slices} slices to share out (parallel.slices): using ${slices} workers`,
  };
}
