/**
 * THE step, as every rank runs it, top to bottom (design: one program, many ranks, as under MPI). D's turn, k times:
 * fakes in inference mode, one update on the real and fake images. Then G's turn, through the updated D. The barriers
 * are inside the passes, where the split between slices changes.
 */

import type { TrainOrder } from '../memory/messages.js';
import { outcomeSlots } from '../memory/sharedMemory.js';
import { discriminator, generator } from '../model/networks.js';
import { streams, uniform } from '../model/philox.js';
import { partOf } from '../model/slices.js';
import { latentSize, pixelsPerImage } from '../model/tensors.js';
import { type BySlice, Pass, takeTurn } from './executor/pass.js';
import { binaryCrossEntropy, meanVerdict } from './loss.js';
import type { Rank } from './rank.js';
import { readRealImages } from './realImages.js';
import { concat, copyTo, reshape } from './tensorflow/ops.js';
import { fromArray, type Tensor, tidy } from './tensorflow/tensors.js';

export function trainStep(rank: Rank, order: TrainOrder): void {
  for (let turn = 0; turn < order.discriminatorSteps; turn++) discriminatorTurn(rank, order, turn);
  generatorTurn(rank, order);
  rank.audit.publish();
}

/** One update of D on the batch's real images and as many fakes: labels 1 and 0. */
function discriminatorTurn(rank: Rank, order: TrainOrder, turn: number): void {
  takeTurn(() => {
    const label = `D's turn ${turn}`;
    const images = rank.batchSize;
    const g = new Pass(rank, generator, { state: rank.current, images, label });
    // The first turn reads current and writes next; a further one goes on from next.
    const state = turn === 0 ? rank.current : rank.next;
    const d = new Pass(rank, discriminator, { state, images, rowsPerImage: 2, label, optimizer: order });

    const fakes = g.forward(noise(order, streams.discriminatorNoise + 32 * turn, images));
    saveImages(rank, fakes);
    const logits = d.sumOfOutputs(d.forward(slice => besideReal(rank, slice, fakes(slice))));

    const labels = labelsBySlice(rank);
    const loss = binaryCrossEntropy(logits, labels);
    d.backward(wholeGradient(loss.gradient));
    d.updateConvolutions();

    if (rank.number === 0) {
      rank.shared.outcome[outcomeSlots.dLoss] = loss.mean;
      rank.shared.outcome[outcomeSlots.dReal] = meanVerdict(logits, labels, 1);
      rank.shared.outcome[outcomeSlots.dFake] = meanVerdict(logits, labels, 0);
    }
  });
  // Nobody may read the updated D before all of it is written.
  rank.barrier(`end of D's turn ${turn}`);
}

/** One update of G so that the updated, fixed D takes its fakes for real: label 1. */
function generatorTurn(rank: Rank, order: TrainOrder): void {
  takeTurn(() => {
    const label = `G's turn`;
    const images = rank.batchSize;
    const g = new Pass(rank, generator, { state: rank.current, images, label, training: true, optimizer: order });
    const d = new Pass(rank, discriminator, { state: rank.next, images, label });

    const fakes = g.forward(noise(order, streams.generatorNoise, images));
    const logits = d.sumOfOutputs(d.forward(fakes));

    const loss = binaryCrossEntropy(logits, new Float32Array(images).fill(1));
    const dFakes = d.backward(wholeGradient(loss.gradient), { needsInputGradient: true });
    g.backward(dFakes);
    g.updateConvolutions();

    if (rank.number === 0) rank.shared.outcome[outcomeSlots.gLoss] = loss.mean;
  });
}

/** z of this step, `[images, 100]`: every slice needs all of it. */
function noise({ seed, step }: TrainOrder, stream: number, images: number): BySlice {
  const z = fromArray(uniform(seed, stream, step, images * latentSize), [images, latentSize]);
  return () => z;
}

/** A slice's real images above its fakes, `[2 n, 28, 28, 1]`. */
function besideReal(rank: Rank, slice: number, fakes: Tensor): Tensor {
  return tidy(() => concat([readRealImages(rank, slice), fakes], 0));
}

/** 1 for the real rows and 0 for the fake ones, in the order of `besideReal`, `[2 B]`. */
function labelsBySlice({ batchSize, sliceCount }: Rank): Float32Array {
  const labels = new Float32Array(2 * batchSize);
  for (let slice = 0; slice < sliceCount; slice++) {
    const { start, end } = partOf(batchSize, sliceCount, slice);
    labels.fill(1, 2 * start, start + end);
  }
  return labels;
}

function wholeGradient(gradient: Float32Array): BySlice {
  const dy = fromArray(gradient, [gradient.length, 1]);
  return () => dy;
}

/** Leaves a slice's fakes where the coordinator finds them for the sample grid. */
export function saveImages({ shared, slices, sliceCount, batchSize }: Rank, fakes: BySlice, images = batchSize): void {
  for (const slice of slices) {
    const { start, end } = partOf(images, sliceCount, slice);
    if (start === end) continue;
    const region = shared.images.subarray(start * pixelsPerImage, end * pixelsPerImage);
    copyTo(region, reshape(fakes(slice), [-1]));
  }
}
