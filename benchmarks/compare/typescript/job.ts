/** What a contestant in TypeScript gets, from the same files as those in Python (python/job.py), and how it tells. */
import { readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { reference } from '../../../src/model/presets.js';
import { sizeOf } from '../../../src/model/shape.js';
import { sizeOfImage } from '../../../src/pictures/picture.js';

const { latentSize } = reference;
const pixelsPerImage = sizeOfImage(reference.image);

export interface StepFiles {
  readonly batch: number;
  readonly steps: number;
  readonly threads: number;
  /** The real images `first … end − 1` of a step's batch, in [-1, 1]. */
  readImages(step: number, first?: number, end?: number): Float32Array;
  /** The noise of those images: turn 0 is D's, 1 is G's. */
  readNoise(step: number, turn: 0 | 1, first?: number, end?: number): Float32Array;
  /** Parameters and moving statistics before the first step, by name. */
  readState(): Map<string, { shape: number[]; data: Float32Array }>;
}

/** @param args as `jobFlags` of contestants.ts makes them */
export function openJob(args = process.argv.slice(2)): StepFiles {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { folder: text, batch: text, steps: text, threads: text } });
  const [batch, steps, threads] = [Number(values.batch), Number(values.steps), Number(values.threads)];
  const read = (name: string) => readFileSync(path.join(values.folder!, name));
  const images = read('images');
  const noise = floatsOf(read('noise'));
  const batches = Math.floor(images.length / pixelsPerImage / batch);
  return {
    ...{ batch, steps, threads },
    readImages(step, first = 0, end = batch) {
      const place = (step % batches) * batch;
      const grey = images.subarray((place + first) * pixelsPerImage, (place + end) * pixelsPerImage);
      return Float32Array.from(grey, value => (value - 127.5) / 127.5);
    },
    readNoise(step, turn, first = 0, end = batch) {
      const place = (2 * step + turn) * batch;
      return noise.slice((place + first) * latentSize, (place + end) * latentSize);
    },
    readState() {
      const numbers = floatsOf(read('state'));
      let place = 0;
      const list = JSON.parse(read('tensors.json').toString()) as [string, number[]][];
      return new Map(
        list.map(([name, shape]) => {
          const data = numbers.slice(place, place + sizeOf(shape));
          place += data.length;
          return [name, { shape, data }];
        }),
      );
    },
  };
}

/** At once, from whichever thread: a worker's `process.stdout` waits for the main thread. */
export function tell(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

/** In memory of its own, which starts at a multiple of 4. */
const floatsOf = (bytes: Buffer): Float32Array => new Float32Array(Uint8Array.from(bytes).buffer);
