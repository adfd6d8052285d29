/**
 * THE step, as every rank runs it, top to bottom (design: one program, many ranks, as under MPI). D's turn, k times:
 * fakes in inference mode, one update on the real and fake images. Then G's turn, through the updated D. The meetings
 * are inside the passes, where the split between slices changes.
 */
import type { TrainOrder } from '../memory/messages.js';
import { noiseOfTurn, streams } from '../model/philox.js';
import { partOf } from '../model/slices.js';
import { Pass, takeTurn } from './executor/pass.js';
import { drawNoise, saveImages } from './fakes.js';
import type { BySlice, Group } from './group/group.js';
import { binaryCrossEntropy, meanVerdict } from './loss.js';
import type { Rank } from './rank.js';
import { readRealImages } from './realImages.js';
import { concat, reshape } from './tensorflow/ops.js';
import { fromArray, type Tensor, tidy } from './tensorflow/tensors.js';

export function trainStep(rank: Rank, order: TrainOrder): void {
  for (let turn = 0; turn < order.discriminatorSteps; turn++) discriminatorTurn(rank, order, turn);
  generatorTurn(rank, order);
  rank.audit.publish();
}

/** One update of D on the batch's real images and as many fakes: labels 1 and 0. */
function discriminatorTurn(rank: Rank, order: TrainOrder, turn: number): void {
  const { group, plan } = rank;
  takeTurn(() => {
    const label = `D's turn ${turn}`;
    const images = group.batchSize;
    const g = new Pass(rank, plan.generator, { state: group.current, images, label });
    // The first turn reads current and writes next; a further one goes on from next.
    const state = turn === 0 ? group.current : group.next;
    const optimizer = order.optimizers.discriminator;
    const d = new Pass(rank, plan.discriminator, { state, images, rowsPerImage: 2, label, optimizer });

    const fakes = g.forward(drawNoise(rank, order.seed, noiseOfTurn(turn), order.step, images));
    saveImages(rank, fakes);
    const logits = readLogits(
      group,
      d.forward(slice => besideReal(rank, slice, fakes(slice))),
    );

    const labels = labelsOfRows(group);
    const loss = binaryCrossEntropy(logits, labels);
    d.update(wholeGradient(loss.gradient));

    group.tell({ dLoss: loss.mean, dReal: meanVerdict(logits, labels, 1), dFake: meanVerdict(logits, labels, 0) });
  });
  // Nobody may read the updated D before all of it is written.
  group.meet(`end of D's turn ${turn}`);
}

/** One update of G so that the updated, fixed D takes its fakes for real: label 1. */
function generatorTurn(rank: Rank, order: TrainOrder): void {
  const { group, plan } = rank;
  takeTurn(() => {
    const label = `G's turn`;
    const images = group.batchSize;
    const optimizer = order.optimizers.generator;
    const g = new Pass(rank, plan.generator, { state: group.current, images, label, statistics: 'batch', optimizer });
    const d = new Pass(rank, plan.discriminator, { state: group.next, images, label });

    const fakes = g.forward(drawNoise(rank, order.seed, streams.generatorNoise, order.step, images));
    const logits = readLogits(group, d.forward(fakes));

    const loss = binaryCrossEntropy(logits, new Float32Array(images).fill(1));
    const dFakes = d.backward(wholeGradient(loss.gradient));
    g.update(dFakes);

    group.tell({ gLoss: loss.mean });
  });
}

/** The logits of all rows, `[rows]`, in memory of their own. */
export const readLogits = ({ slices }: Group, logits: BySlice): Float32Array => logits(slices[0]!).read().slice();

/** A slice's real images above its fakes, `[2 n, height, width, channels]`. */
function besideReal(rank: Rank, slice: number, fakes: Tensor): Tensor {
  return tidy(() => {
    const real = readRealImages(rank, slice);
    return concat([real, reshape(fakes, real.shape)], 0);
  });
}

/** 1 for the real rows and 0 for the fake ones, in the order of `besideReal`, `[2 B]`. */
function labelsOfRows({ batchSize, sliceCount }: Group): Float32Array {
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
