/** One worker of plain data parallelism: the same step as gan-dist's, on this worker's part of the batch. */
import { workerData } from 'node:worker_threads';
import { Barrier } from '../../../../src/memory/barrier.js';
import { referencePlan } from '../../../../src/model/plan.js';
import { partOf } from '../../../../src/model/slices.js';
import { binaryCrossEntropy } from '../../../../src/workers/loss.js';
import { addAll, concat } from '../../../../src/workers/tensorflow/ops.js';
import { fromArray, type Tensor, tidy } from '../../../../src/workers/tensorflow/tensors.js';
import { loadRoutines } from '../../../../src/workers/webAssembly/routines.js';
import { openJob, tell } from '../job.js';
import { alignment, chunk, rangeOf, view } from './memory.js';
import { Network } from './network.js';

const { generator, discriminator, model } = referencePlan();
const { latentSize } = model;

export interface WorkerStart {
  memory: WebAssembly.Memory;
  rank: number;
  workers: number;
  args: string[];
}

const { memory, rank, workers, args } = workerData as WorkerStart;
const job = openJob(args);
const { state, velocity, gradients, scratch, losses, barrier } = view(memory, workers);
const routines = loadRoutines(memory);
const gate = new Barrier(barrier, workers);
const { start, end } = partOf(job.batch, workers, rank);
/** This worker's images of all: its mean gradient's weight in the average. */
const share = (end - start) / job.batch;

for (let step = 0; step < job.steps; step++) {
  tidy(() => trainDiscriminator(step));
  average('discriminator', step);
  tidy(() => trainGenerator(step));
  average('generator', step);
  if (rank === 0) tell({ step, dLoss: meanLoss(0), gLoss: meanLoss(1) });
}

function trainDiscriminator(step: number): void {
  const fake = new Network(generator, { state }).forward(noise(step, 0));
  const real = fromArray(job.readImages(step, start, end), [end - start, 28, 28, 1]);
  const network = new Network(discriminator, { state, gradients: gradients[rank]! });
  const labels = new Float32Array(2 * (end - start)).fill(1, 0, end - start);
  network.backward(lossGradient(network.forward(concat([real, fake], 0)), labels, 0));
}

function trainGenerator(step: number): void {
  // Workers normalise by the statistics of their own images; the moving ones are those of the first worker.
  const options = { state, statistics: 'batch' as const, gradients: gradients[rank]!, keepsStatistics: rank === 0 };
  const [g, d] = [new Network(generator, options), new Network(discriminator, { state })];
  const logits = d.forward(g.forward(noise(step, 1)));
  g.backward(d.backward(lossGradient(logits, new Float32Array(end - start).fill(1), 1), true));
}

/** Notes the loss, and gives this worker's summand of the average gradient. */
function lossGradient(logits: Tensor, labels: Float32Array, slot: number): Tensor {
  const { mean, gradient } = binaryCrossEntropy(logits.read(), labels);
  losses[rank]![slot] = mean * share;
  return fromArray(
    gradient.map(value => value * share),
    [labels.length, 1],
  );
}

/** Sums all workers' gradients in a fixed order and updates, each worker its part of the network. */
function average(network: 'generator' | 'discriminator', step: number): void {
  wait(step, `gradients of the ${network}`);
  const range = rangeOf(network);
  const part = partOf((range.end - range.start) / alignment, workers, rank);
  const last = range.start + part.end * alignment;
  for (let from = range.start + part.start * alignment; from < last; from += chunk) {
    updateChunk(from, Math.min(from + chunk, last));
  }
  wait(step, `update of the ${network}`);
}

function updateChunk(from: number, to: number): void {
  tidy(() => {
    const sum = addAll(gradients.map(of => fromArray(of.subarray(from, to), [to - from])));
    scratch[rank]!.set(sum.read());
  });
  const [p, v] = [state.byteOffset + 4 * from, velocity.byteOffset + 4 * from];
  routines.nesterov(p, v, scratch[rank]!.byteOffset, p, v, to - from, 0.001, 0.9);
}

function wait(step: number, name: string): void {
  gate.wait(rank, step, name, 600);
}

function noise(step: number, turn: 0 | 1): Tensor {
  return fromArray(job.readNoise(step, turn, start, end), [end - start, latentSize]);
}

function meanLoss(slot: number): number {
  return losses.reduce((sum, of) => sum + of[slot]!, 0);
}
