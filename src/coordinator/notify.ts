/** How an event of a run is told: to the person at the keyboard, and to the run. */
import type { EngineDescription } from '../shared/engine.js';

export interface EventDetails {
  /** By default the step that the run starts at. */
  readonly step?: number;
  /** The engine that computes from this step on. */
  readonly engine?: EngineDescription;
}

export type Notify = (kind: string, message: string, details?: EventDetails) => void;
