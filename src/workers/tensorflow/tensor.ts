/** A tensor of TensorFlow's. */
import { sizeOf } from '../../model/shape.js';
import { binding } from './binding.js';
import type { Loan } from './loan.js';

export class Tensor {
  /** Belongs to no `tidy`. */
  isKept = false;

  constructor(
    readonly id: number,
    readonly shape: readonly number[],
    readonly dtype: number,
    /** Where its numbers lie in memory that will be given to others; they may be read until then. */
    readonly loan?: Loan,
  ) {}

  get size(): number {
    return sizeOf(this.shape);
  }

  /** A copy of its numbers, row major. @throws Error when its memory was given to others */
  read(): Float32Array {
    this.loan?.assertRunning();
    return binding.tensorDataSync(this.id);
  }
}
