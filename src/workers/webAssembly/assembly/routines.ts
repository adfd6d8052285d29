/**
 * What is done to every parameter in every step, in AssemblyScript (WebAssembly SIMD on the shared
 * memory): the update and the sum of bits in one pass over memory. No fused multiply-add, so every
 * processor rounds alike. Built by `npm run build`.
 */
export { addPatches, cutPatches } from './patches';
export { sumSlices } from './sums';
export { addTiles, cutTiles } from './tiles';

/** False once a number was written that is not finite; whoever reads it sets it back. */
export let allFinite: bool = true;

/**
 * Nesterov momentum (Sutskever et al. 2013), as Keras writes it:
 *
 *     v' = momentum v − rate g ;  p' = p + momentum v' − rate g
 *
 * All pointers are byte addresses of `count` float32; reads p, v, g and writes p', v' (which may be
 * p and v). Returns the sum of the bits of p' and v', each taken for an unsigned integer of 32
 * bits.
 */
export function nesterov(
  p: usize, v: usize, g: usize, pNext: usize, vNext: usize, count: usize, rate: f32, momentum: f32,
): u64 {
  const rates = f32x4.splat(rate);
  const momenta = f32x4.splat(momentum);
  const end = count & ~3;
  let sums = i64x2.splat(0);
  let zeros = f32x4.splat(0);
  let i: usize = 0;
  for (; i < end; i += 4) {
    const at = i << 2;
    const scaled = f32x4.mul(rates, v128.load(g + at));
    const velocity = f32x4.sub(f32x4.mul(momenta, v128.load(v + at)), scaled);
    const moved = f32x4.sub(f32x4.add(v128.load(p + at), f32x4.mul(momenta, velocity)), scaled);
    v128.store(vNext + at, velocity);
    v128.store(pNext + at, moved);
    sums = addBits(addBits(sums, velocity), moved);
    // x − x is 0, but NaN where x is infinite or NaN. A gradient or velocity that is not finite makes p' so.
    zeros = f32x4.add(zeros, f32x4.sub(moved, moved));
  }
  let sum = totalOf(sums, zeros);
  for (; i < count; i++) {
    const at = i << 2;
    const scaled = rate * load<f32>(g + at);
    const velocity = momentum * load<f32>(v + at) - scaled;
    store<f32>(vNext + at, velocity);
    store<f32>(pNext + at, load<f32>(p + at) + momentum * velocity - scaled);
    sum += <u64>load<u32>(vNext + at) + sumBits(pNext + at, 1);
  }
  return sum;
}

/** The sum of the bits of `count` float32 at byte address `x`. */
export function sumBits(x: usize, count: usize): u64 {
  const end = count & ~3;
  let sums = i64x2.splat(0);
  let zeros = f32x4.splat(0);
  let i: usize = 0;
  for (; i < end; i += 4) {
    const values = v128.load(x + (i << 2));
    sums = addBits(sums, values);
    zeros = f32x4.add(zeros, f32x4.sub(values, values));
  }
  let sum = totalOf(sums, zeros);
  for (; i < count; i++) {
    const at = x + (i << 2);
    sum += <u64>load<u32>(at);
    if (!isFinite(load<f32>(at))) allFinite = false;
  }
  return sum;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function addBits(sums: v128, values: v128): v128 {
  return i64x2.add(sums, i64x2.add(i64x2.extend_low_i32x4_u(values), i64x2.extend_high_i32x4_u(values)));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function totalOf(sums: v128, zeros: v128): u64 {
  if (v128.any_true(f32x4.ne(zeros, zeros))) allFinite = false;
  return <u64>i64x2.extract_lane(sums, 0) + <u64>i64x2.extract_lane(sums, 1);
}
