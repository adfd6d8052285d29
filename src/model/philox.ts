/**
 * Random numbers by counter: Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as
 * 1, 2, 3"). There is no state to keep or to pass on: word i of an array is word `i mod 4` of the block with
 * `counter = [floor(i / 4), index, stream, 0]` and `key = [seed mod 2^32, floor(seed / 2^32)]`, whoever asks for it, in
 * any order. That is why every rank can make its own part of a batch's noise, and why a resumed run goes on exactly.
 */
/** Which array a random number belongs to. Turn i of D takes another stream for its noise. */
export const streams = {
  discriminatorNoise: 0,
  generatorNoise: 1,
  shuffle: 2,
  sampleGrid: 3,
  generate: 4,
  initialKernels: 16,
  /** Of the page's random directions: 31 modulo 32 is no turn's noise. */
  directions: 31,
} as const;

/** The stream of the noise in a turn of D. */
export const noiseOfTurn = (turn: number): number => streams.discriminatorNoise + 32 * turn;

/** The largest number of images for which `shuffledOrder`'s product, 32 bits × count, is exact in a double. */
export const maxShuffled = 2 ** 21;

const word = 2 ** 32;
/** Round keys grow by the golden ratio and by sqrt(3) - 1, as in the paper. */
const keyStep0 = 0x9e3779b9;
const keyStep1 = 0xbb67ae85;
const rounds = 10;

/** One block of four words; for known answers and tests. `fillWords` is the fast way. */
export function philox4x32(counter: readonly number[], key: readonly number[]): Uint32Array {
  const block = new Uint32Array(4);
  writeBlock(block, 0, counter[0]!, counter[1]!, counter[2]!, counter[3]!, key[0]!, key[1]!);
  return block;
}

/** Fills `out` with the words `offset`, `offset + 1`, … of the array (`seed`, `stream`, `index`). */
export function fillWords(out: Uint32Array, seed: number, stream: number, index: number, offset = 0): Uint32Array {
  const low = (seed % word) | 0;
  const high = (seed / word) | 0;
  let at = 0;
  let block = Math.floor(offset / 4);
  if (offset % 4 !== 0) {
    const first = philox4x32([block++, index, stream, 0], [low, high]).subarray(offset % 4, (offset % 4) + out.length);
    out.set(first);
    at = first.length;
  }
  for (; at + 4 <= out.length; at += 4) writeBlock(out, at, block++ | 0, index | 0, stream | 0, 0, low, high);
  if (at < out.length) out.set(philox4x32([block, index, stream, 0], [low, high]).subarray(0, out.length - at), at);
  return out;
}

/**
 * `count` uniforms in [-1, 1), exact in float32: `(word >>> 8) · 2^-23 − 1`.
 *
 * @param offset the first element's place in the array, so that a part of an array can be made alone
 */
export function uniform(seed: number, stream: number, index: number, count: number, offset = 0): Float32Array {
  const words = fillWords(new Uint32Array(count), seed, stream, index, offset);
  const values = new Float32Array(words.buffer); // each value takes the place of its word
  for (let i = 0; i < count; i++) values[i] = (words[i]! >>> 8) * 2 ** -23 - 1;
  return values;
}

/**
 * The order in which `epoch` takes the images: a Fisher–Yates shuffle of 0 … count − 1, from file
 * order in every epoch.
 */
export function shuffledOrder(seed: number, epoch: number, count: number): Uint32Array {
  if (count > maxShuffled) throw new RangeError(`cannot shuffle ${count} images exactly, at most ${maxShuffled}`);
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const words = fillWords(new Uint32Array(Math.max(0, count - 1)), seed, streams.shuffle, epoch);
  for (let i = count - 1; i >= 1; i--) {
    const j = Math.floor((words[count - 1 - i]! * (i + 1)) / word);
    const moved = order[i]!;
    order[i] = order[j]!;
    order[j] = moved;
  }
  return order;
}

/**
 * Ten rounds; all in 32-bit integers, so that V8 keeps them in registers. The products by the two multipliers
 * (0xD2511F53 and 0xCD9E8D57) need 64 bits: the low half is `imul`, the high half comes from products of 16-bit halves.
 */
function writeBlock(
  out: Uint32Array,
  at: number,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
): void {
  let c0 = counter0 | 0;
  let c1 = counter1 | 0;
  let c2 = counter2 | 0;
  let c3 = counter3 | 0;
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < rounds; round++) {
    const a = c0 & 0xffff;
    const b = c0 >>> 16;
    const c = c2 & 0xffff;
    const d = c2 >>> 16;
    // No sum overflows: (2^16 − 1)^2 + 2 · (2^16 − 1) = 2^32 − 1.
    const middle0 = (Math.imul(0xd251, a) + (Math.imul(0x1f53, a) >>> 16)) | 0;
    const middle1 = (Math.imul(0xcd9e, c) + (Math.imul(0x8d57, c) >>> 16)) | 0;
    const carry0 = (Math.imul(0x1f53, b) + (middle0 & 0xffff)) | 0;
    const carry1 = (Math.imul(0x8d57, d) + (middle1 & 0xffff)) | 0;
    const high0 = (((Math.imul(0xd251, b) + (middle0 >>> 16)) | 0) + (carry0 >>> 16)) | 0;
    const high1 = (((Math.imul(0xcd9e, d) + (middle1 >>> 16)) | 0) + (carry1 >>> 16)) | 0;
    const low0 = Math.imul(0xd2511f53, c0);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + keyStep0) | 0;
    k1 = (k1 + keyStep1) | 0;
  }
  out[at] = c0;
  out[at + 1] = c1;
  out[at + 2] = c2;
  out[at + 3] = c3;
}
