/**
 * The parameter update, in AssemblyScript (WebAssembly SIMD on the shared memory): one pass over memory instead of
 * three. No fused multiply-add, so every processor rounds alike. Built by `npm run build`.
 */

/**
 * Nesterov momentum (Sutskever et al. 2013), as Keras writes it:
 *
 *     v' = momentum v − rate g ;  p' = p + momentum v' − rate g
 *
 * All pointers are byte addresses of `count` float32; reads p, v, g and writes p', v' (which may be p and v).
 */
export function nesterov(
  p: usize, v: usize, g: usize, pNext: usize, vNext: usize, count: usize, rate: f32, momentum: f32,
): void {
  const rates = f32x4.splat(rate);
  const momenta = f32x4.splat(momentum);
  const end = count & ~3;
  let i: usize = 0;
  for (; i < end; i += 4) {
    const at = i << 2;
    const scaled = f32x4.mul(rates, v128.load(g + at));
    const velocity = f32x4.sub(f32x4.mul(momenta, v128.load(v + at)), scaled);
    const moved = f32x4.sub(f32x4.add(v128.load(p + at), f32x4.mul(momenta, velocity)), scaled);
    v128.store(vNext + at, velocity);
    v128.store(pNext + at, moved);
  }
  for (; i < count; i++) {
    const at = i << 2;
    const scaled = rate * load<f32>(g + at);
    const velocity = momentum * load<f32>(v + at) - scaled;
    store<f32>(vNext + at, velocity);
    store<f32>(pNext + at, load<f32>(p + at) + momentum * velocity - scaled);
  }
}
