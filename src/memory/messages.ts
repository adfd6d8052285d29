/** What the coordinator and the workers say to each other. The tensors themselves are in the shared memory. */
import type { Precision } from '../config/config.js';
import type { Network } from '../model/description.js';
import type { OptimizerStep } from '../model/optimizers.js';
import type { Plan } from '../model/plan.js';
import type { PlainError } from '../shared/errors.js';
import type { Fault } from './fault.js';
import type { GroupSize } from './sharedMemory.js';

/** Given to every worker thread when it starts. */
export interface WorkerStart {
  readonly plan: Plan;
  readonly size: GroupSize;
  readonly memory: WebAssembly.Memory;
  /** The data set: `[count, height, width, channels]` of the plan's images. */
  readonly images: Uint8Array;
  readonly stallSeconds: number;
  readonly precision: Precision;
  /** Only in tests. */
  readonly faults?: readonly Fault[];
}

/** One rank's part of one training step. */
export interface TrainOrder {
  readonly kind: 'train';
  readonly rank: number;
  readonly step: number;
  readonly seed: number;
  readonly discriminatorSteps: number;
  readonly optimizers: Readonly<Record<Network, OptimizerStep>>;
  /** Whether the outcome shall tell how long each phase took. */
  readonly timed?: boolean;
}

/** One rank's part of a run of the generator on noises `first … first + images − 1` of a stream's array `index`. */
export interface GenerateOrder {
  readonly kind: 'generate';
  readonly rank: number;
  readonly step: number;
  readonly seed: number;
  readonly stream: number;
  readonly index: number;
  readonly first: number;
  readonly images: number;
  /** Also leave the discriminator's logit of each image in `scores`. */
  readonly score: boolean;
}

export type Order = TrainOrder | GenerateOrder;

/** How an order ended. Errors travel as data: a structured clone would lose their class and fields. */
export type Outcome =
  | { readonly ok: true; readonly phases?: readonly PhaseTimes[] }
  | { readonly ok: false; readonly error: PlainError };

/** One rank between two barriers, in milliseconds of a clock that all threads share. */
export interface PhaseTimes {
  /** The barrier that ends it. */
  readonly name: string;
  readonly start: number;
  /** When the rank came to the barrier, and when all had. */
  readonly arrived: number;
  readonly end: number;
  /** Spent in TensorFlow's operations; the rest is copies, updates and JavaScript. */
  readonly arithmetic: number;
}

/** The control channel beside the orders, through Comlink. It answers only while the rank is between orders. */
export interface WorkerControl {
  /** Answers once TensorFlow is loaded, or with the reason why it cannot be. */
  ready(): Promise<Outcome>;
  /** Tensors that are alive in this thread. */
  countTensors(): Promise<number>;
}

/** Posted once by a starting worker, with the port of its control channel. */
export interface Hello {
  readonly kind: 'hello';
  readonly threadId: number;
  readonly port: import('node:worker_threads').MessagePort;
}
