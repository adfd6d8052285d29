/** What happened to a run, as its root attribute `events` has it. */

export interface RunEvent {
  readonly step: number;
  /** ISO 8601. */
  readonly time: string;
  readonly kind: string;
  readonly message: string;
}

const badKinds = new Set(['retry', 'damage', 'recovery', 'disk', 'saturation', 'restart', 'failure']);

/** Whether somebody should look at it. */
export const isBad = (kind: string): boolean => badKinds.has(kind);
