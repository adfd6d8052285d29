/**
 * The ranks of a run and all that passes between them: they meet, exchange what slices have in one
 * form for what they need in another, sum over slices, and leave results for the coordinator.
 * Layers, executor and step know the others only through this, and nothing else sees the memory
 * that they share.
 */
import type { Exchange } from '../../model/plan.js';
import type { Range } from '../../model/slices.js';
import type { Tensor } from '../tensorflow/tensors.js';

/** A tensor for each slice of the rank that has one. */
export type BySlice = (slice: number) => Tensor;

/** How the rows of a matrix are spread over the slices. */
export interface Rows {
  readonly count: number;
  of(slice: number): Range;
}

/** What a turn tells the coordinator. */
export interface Told {
  readonly dLoss?: number;
  readonly gLoss?: number;
  /** D's mean verdict on real and on fake images. */
  readonly dReal?: number;
  readonly dFake?: number;
}

export interface Group {
  readonly rank: number;
  readonly ranks: number;
  readonly sliceCount: number;
  /** This rank's. */
  readonly slices: readonly number[];
  readonly batchSize: number;
  /** States. A step reads `current`, writes `next`, and never writes `current`: a failed step can be run again. */
  readonly current: Float32Array;
  readonly next: Float32Array;
  /** Numbers of the batch's images. */
  readonly batch: Uint32Array;

  /**
   * Meets the other ranks. Errors tell where a rank is by the meeting that it passed last, so no
   * two of a step have one name.
   */
  meet(name: string): void;
  /**
   * Gives the others what they need of `values`, in the form `exchange.given`, and takes what this
   * rank's slices need, in the form `exchange.taken`, through a meeting. What is taken stays as it
   * is until the next exchange of this name and direction.
   */
  exchange(exchange: Exchange, direction: Direction, rows: Rows, values: BySlice, meeting: string): BySlice;

  /** Leaves a slice's gradient of a parameter to be summed; without images it is zero. */
  leaveSummand(parameter: string, slice: number, gradient: Tensor | undefined): void;
  /**
   * After a meeting: the sum over all slices of a part of a parameter's gradient. It is gone with
   * the next gradient.
   */
  sumOverSlices(parameter: string, part: Range): Float32Array;
  /** A gradient where the update's routine finds it. It is gone with the next. */
  placeGradient(gradient: Tensor): Float32Array;

  /** Leaves images where the coordinator finds them, from number `first` on. */
  leaveImages(first: number, images: Tensor): void;
  /** Leaves D's logits of the images. */
  leaveScores(logits: Float32Array): void;
  /** Rank 0 is heard; what the others say is the same. */
  tell(told: Told): void;
  /** The sum of the bits that this rank wrote in the step. */
  leaveFingerprint(sum: bigint): void;
  /** That the numbers of a tensor, by its place in the plan, are not finite: its gradient, or what was written. */
  blame(place: number, what: 'gradient' | 'parameter'): void;
}

export type Direction = 'forward' | 'backward';
