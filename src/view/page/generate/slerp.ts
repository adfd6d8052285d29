/** Ways from one noise to another. */

/**
 * Spherical interpolation (White 2016, arXiv:1609.04468): between noises of about the same length
 * the way stays at that length, where the generator was trained; a straight one would pass near 0.
 * At 0 it is `a`, at 1 it is `b`.
 */
export function slerp(a: Float32Array, b: Float32Array, t: number): Float32Array {
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  const angle = Math.acos(Math.min(Math.max(cosine, -1), 1));
  const sine = Math.sin(angle);
  // Along one line, or from 0, there is no arc.
  const [ofA, ofB] = sine > 1e-6 ? [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine] : [1 - t, t];
  return a.map((value, i) => ofA * value + ofB * b[i]!);
}

/** `count` noises from `a` to `b`, both included, `[count, latentSize]`. */
export function between(a: Float32Array, b: Float32Array, count: number): Float32Array {
  const noises = new Float32Array(count * a.length);
  for (let i = 0; i < count; i++) noises.set(slerp(a, b, i / (count - 1)), i * a.length);
  return noises;
}

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};
