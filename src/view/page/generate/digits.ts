/** Digits, their noises, and what D says of them. */

import { streams, uniform } from '../../../model/philox.js';
import { type ImageShape, sizeOfImage } from '../../../pictures/picture.js';
import type { GeneratorSession } from './session.js';

export interface Digits {
  /** `[count, latentSize]` */
  readonly noise: Float32Array;
  /** `[count, height, width, channels]` */
  readonly pixels: Uint8Array;
  /** Of one image. */
  readonly shape: ImageShape;
  readonly logits?: Float32Array;
  /** Place of each in the noise of the seed. */
  readonly places: readonly number[];
}

export type Order = 'drawn' | 'scored' | 'nice';

/** As many as `gan-dist generate --nice` chooses one of. */
const candidates = 20;

/** How many are to be drawn to show `count`. */
export const drawnFor = (order: Order, count: number): number => (order === 'nice' ? candidates * count : count);

/** The digits that `gan-dist generate --seed` draws. */
export async function drawDigits(
  session: GeneratorSession,
  seed: number,
  count: number,
  isScored: boolean,
  onDrawn: (images: number) => void,
): Promise<Digits> {
  const noise = uniform(seed, streams.generate, 0, count * session.latentSize);
  const places = Array.from({ length: count }, (_, i) => i);
  return { noise, places, shape: session.imageShape, ...(await session.draw(noise, isScored, onDrawn)) };
}

/** Those that D takes most for real first, of two equal ones the earlier; `count` of them. */
export function sortByScore({ noise, pixels, shape, logits, places }: Digits, count: number): Digits {
  const order = [...places.keys()].sort((a, b) => logits![b]! - logits![a]!).slice(0, count);
  const take = <Values extends Float32Array | Uint8Array>(values: Values, size: number): Values => {
    const taken = values.slice(0, order.length * size) as Values;
    for (const [to, from] of order.entries()) taken.set(values.subarray(from * size, (from + 1) * size), to * size);
    return taken;
  };
  return {
    noise: take(noise, noise.length / places.length),
    pixels: take(pixels, sizeOfImage(shape)),
    shape,
    logits: take(logits!, 1),
    places: order.map(index => places[index]!),
  };
}

export function noiseAt({ noise, places }: Digits, index: number): Float32Array {
  const latentSize = noise.length / places.length;
  return noise.subarray(index * latentSize, (index + 1) * latentSize);
}

/** D's score, 0 to 1, of its logit. */
export const scoreOf = (logit: number): number => 1 / (1 + Math.exp(-logit));

export const shownScore = (logits: Float32Array | undefined, index = 0): string =>
  logits ? scoreOf(logits[index]!).toFixed(2) : '';
