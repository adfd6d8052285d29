/** How an event of a run is told: to the person at the keyboard, and to the run. */
import type { EngineDescription } from '../shared/engine.js';
import type { Lost } from '../store/index.js';

export interface EventDetails {
  /** By default the step that the run starts at. */
  readonly step?: number;
  /** The engine that computes from this step on. */
  readonly engine?: EngineDescription;
  /** A checkpoint that is damaged. */
  readonly checkpoint?: number;
  /** Metrics or samples that are damaged, in steps, both included. */
  readonly lost?: Lost;
  /** Steps that are done again, both included. */
  readonly again?: { readonly from: number; readonly to: number };
}

export type Notify = (kind: string, message: string, details?: EventDetails) => void;
