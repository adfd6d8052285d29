/**
 * The fingerprint of a state: the sum of the bits of all its numbers (parameters, moving statistics
 * and velocities), each float32 taken for an unsigned integer of 32 bits, modulo 2^64. No order
 * matters, so none of workers does. Two people compare a run's fingerprints to find the first step
 * that differs, without a checkpoint.
 */

/** Sums of so many numbers below 2^32 are exact in a double. */
const exactCount = 2 ** 20;

/** Of a checkpoint's tensors, or of any others. */
export function fingerprintOf(tensors: Iterable<Float32Array>): bigint {
  let total = 0n;
  for (const { buffer, byteOffset, length } of tensors) {
    for (let start = 0; start < length; start += exactCount) {
      const count = Math.min(exactCount, length - start);
      total += BigInt(sumOf(new Uint32Array(buffer, byteOffset + 4 * start, count)));
    }
  }
  return BigInt.asUintN(64, total);
}

/** As people and `--json` write it: 16 hexadecimal digits. */
export const formatFingerprint = (fingerprint: bigint): string => fingerprint.toString(16).padStart(16, '0');

/** The first step whose fingerprints are not the same; undefined if those that both have all are. */
export function firstDifferentStep(a: BigUint64Array, b: BigUint64Array): number | undefined {
  const step = a.subarray(0, b.length).findIndex((fingerprint, i) => fingerprint !== b[i]);
  return step === -1 ? undefined : step;
}

function sumOf(words: Uint32Array): number {
  let sum = 0;
  for (const word of words) sum += word;
  return sum;
}
