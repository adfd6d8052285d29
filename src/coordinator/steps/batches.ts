/** The batches of an epoch: in file order, or shuffled by the epoch's own random numbers. */
import type { Config } from '../../config/config.js';
import { shuffledOrder } from '../../model/philox.js';
import type { Position } from '../../store/records.js';

/** Writes the numbers of a batch's images to `target` `[batchSize]`. */
export type PlaceBatch = (target: Uint32Array, position: Position) => void;

export function planBatches({ shuffle, seed, batchSize }: Config['training'], imageCount: number): PlaceBatch {
  let shuffled: { epoch: number; order: Uint32Array } | undefined;
  return (target, { epoch, batch }) => {
    const first = batch * batchSize;
    if (!shuffle) {
      for (let i = 0; i < batchSize; i++) target[i] = first + i;
      return;
    }
    if (shuffled?.epoch !== epoch) shuffled = { epoch, order: shuffledOrder(seed, epoch, imageCount) };
    target.set(shuffled.order.subarray(first, first + batchSize));
  };
}
