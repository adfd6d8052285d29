/** What happens to a run, told to the person at the keyboard and to the run. */
import type { EngineDescription } from '../../shared/engineDescription.js';
import type { Lost, RunEvent, StoreThread } from '../../store/index.js';

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

/** The person hears of an event at once; the run with its next commit, and of what came before it was open then. */
export class Events {
  private readonly early: Omit<RunEvent, 'step'>[] = [];
  private store: StoreThread | undefined;
  private firstStep = 0;

  constructor(private readonly onEvent: ((kind: string, message: string) => void) | undefined) {}

  readonly note: Notify = (kind, message, details = {}) => {
    const event = { time: new Date().toISOString(), kind, message, ...details };
    if (this.store) this.store.appendEvent({ step: this.firstStep, ...event });
    else this.early.push(event);
    this.onEvent?.(kind, message);
  };

  /** @param firstStep - where the run goes on */
  writeTo(store: StoreThread, firstStep: number): void {
    this.store = store;
    this.firstStep = firstStep;
    for (const event of this.early.splice(0)) store.appendEvent({ step: firstStep, ...event } as RunEvent);
  }
}
