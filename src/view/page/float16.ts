/** float16, which not every browser knows. */

/** IEEE 754 binary16, by a table of what its 65,536 patterns mean. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  float16 ??= Float32Array.from({ length: 65536 }, (_, pattern) => decodeFloat16(pattern));
  return Float32Array.from(bits, pattern => float16![pattern]!);
}

let float16: Float32Array | undefined;

export function decodeFloat16(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern >> 10) & 31;
  const fraction = pattern & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
