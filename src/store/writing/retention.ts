/** Which checkpoints stay. */

export interface Retention {
  /** So many of the newest stay; 0 keeps all. */
  keep: number;
  /** Besides, every checkpoint whose step is a multiple of this stays. */
  keepEvery?: number;
  /** Whether the generator of each epoch's end stays for good, in float16. */
  keepGenerators?: boolean;
  /** Besides, checkpoint 0 stays: nothing else holds what it holds. */
  keepFirst?: boolean;
}

/**
 * Steps to delete after a commit. The newest two always stay: one may turn out damaged, and a reader may be in it.
 * @param steps - all committed checkpoints, oldest first, the one just committed included
 */
export function stepsToDelete(steps: readonly number[], { keep, keepEvery, keepFirst }: Retention): number[] {
  if (keep === 0) return [];
  const old = steps.slice(0, -Math.max(keep, 2));
  return old.filter(step => (!keepEvery || step % keepEvery !== 0) && !(keepFirst && step === 0));
}
