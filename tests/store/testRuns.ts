/** Small runs for tests: the real layout with tiny tensors, whose values tell the step they are from. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { histogramBins } from '../../src/model/histograms.js';
import { referencePlan } from '../../src/model/plan.js';
import { reference } from '../../src/model/presets.js';
import { sizeOfImage } from '../../src/pictures/picture.js';
import { gridPixels } from '../../src/store/layout.js';
import type { Sample, StepMetrics, Tensor } from '../../src/store/records.js';
import { createRun, type WriterOptions } from '../../src/store/writing/createRun.js';
import type { RunWriter } from '../../src/store/writing/runWriter.js';
import type { WrittenTensor } from '../../src/store/writing/writeCheckpoint.js';

const plan = referencePlan();
const imageShape = reference.image;

export const description = {
  config: { training: { batchSize: 6, seed: 1 } },
  data: { source: 'mnist-10k', count: 10000 },
  engine: { name: 'test' },
  batchSize: 6,
  model: reference,
};

/** A folder that is removed after the test. */
export async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gan-dist-store-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Tensors of the reference, but tiny. */
const shapes = {
  'generator/dense_1/kernel': [3, 4],
  'generator/dense_1/bias': [4],
  'discriminator/conv_1/kernel': [2, 2, 1, 3],
  'velocity/generator/dense_1/kernel': [3, 4],
};

/** The state after `step` steps, as a reader gives it. */
export function tensorsOf(step: number): Tensor[] {
  return Object.entries(shapes).map(([name, shape], place) => ({
    name,
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b)).map((_, i) => step + place / 10 + i / 100),
  }));
}

/** The same, as a writer takes it. */
export const stateOf = (step: number): WrittenTensor[] => asState(tensorsOf(step));

export const metricsOf = (step: number): StepMetrics => ({
  step,
  dLoss: step + 0.25,
  gLoss: -step,
  dReal: 0.5,
  dFake: 0.125,
  fakeSpread: 0.25,
  saturation: step % 4,
  fingerprint: 2n ** 63n + BigInt(step),
  stepMs: 100 + step,
});

const samples = new Map<number, Sample>();

export function sampleOf(step: number): Sample {
  const grid = gridPixels(description.batchSize, imageShape);
  const sample = samples.get(step) ?? {
    step,
    grid: { ...grid, pixels: new Uint8Array(sizeOfImage(grid)).map((_, i) => step + i) },
    fixed: new Uint8Array(64 * 28 * 28).map((_, i) => step * 3 + i),
    imageShape,
    histograms: {
      counts: new Int32Array(plan.tensors.length * histogramBins).map((_, i) => step + i),
      range: new Float32Array(plan.tensors.length * 2).map((_, i) => step - i),
    },
  };
  samples.set(step, sample);
  return sample;
}

/** Where a run of 10 batches an epoch stands after `step` steps. */
export const positionOf = (step: number) => ({ step, epoch: Math.floor(step / 10), batch: step % 10 });

/** Does steps up to `to`, with a sample at every fifth, and commits a checkpoint. */
export async function trainTo(writer: RunWriter, to: number): Promise<void> {
  appendTo(writer, to);
  await writer.commitCheckpoint(positionOf(to), stateOf(to));
}

export function appendTo(writer: RunWriter, to: number): void {
  for (let step = writer.steps; step < to; step++) {
    writer.appendMetrics(metricsOf(step));
    if (step % 5 === 0) writer.appendSample(sampleOf(step));
  }
}

/** A run with checkpoints at the given steps, the writer still open. */
export async function makeRun(path: string, steps: number[], options: Partial<WriterOptions> = {}): Promise<RunWriter> {
  const writer = await createRun(path, description, { keep: 0, keepGenerators: true, ...options });
  for (const step of steps) await trainTo(writer, step);
  return writer;
}

/** As `makeRun`, closed. */
export async function makeClosedRun(
  path: string,
  steps: number[],
  options: Partial<WriterOptions> = {},
): Promise<void> {
  await (await makeRun(path, steps, options)).close();
}

/** Tensors of a model, by default the reference, with all that a writer wants to know of them. */
export const asState = (tensors: Iterable<Tensor>, { state } = plan): WrittenTensor[] =>
  Array.from(tensors, tensor => {
    const planned = state.find(({ name }) => name === tensor.name);
    assert.ok(planned, `${tensor.name} is a tensor of the model`);
    return { ...planned, ...tensor };
  });
