/**
 * Numbers of 16 bits (IEEE 754 binary16): what a generator is kept in, for pages to draw with.
 * JavaScript has them from Node 24 on only.
 */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Rounded to the nearest, ties to even; beyond 65504 infinite. */
export function toFloat16(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i]!;
    halves[i] = halfOf(bits[0]!);
  }
  return halves;
}

function halfOf(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) return sign | roundOff(magnitude - 0x38000000, 13);
  if (magnitude < 0x33000000) return sign;
  // Subnormal: units of 2^-24.
  return sign | roundOff((magnitude & 0x7fffff) | 0x800000, 126 - (magnitude >>> 23));
}

/** Without the last bits, to the nearest, ties to even. */
function roundOff(value: number, dropped: number): number {
  const half = 1 << (dropped - 1);
  const odd = (value >>> dropped) & 1;
  return (value + half - 1 + odd) >>> dropped;
}

/** By a table of what the 65,536 patterns mean. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  singles ??= Float32Array.from({ length: 65536 }, (_, half) => singleOf(half));
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = singles[halves[i]!]!;
  return values;
}

let singles: Float32Array | undefined;

function singleOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
