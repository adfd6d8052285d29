/**
 * Tiles of images in the transformed space of Winograd's convolutions, and back (winograd.ts has
 * the theory). Images are `[n, height, width, channels]`, channels a multiple of 4; tiles are `[36,
 * n · rows · columns, channels]`, tile (i, j) of an image being made of its 6×6 pixels from row
 * `stride` i, column `stride` j on. Six vectors of a tile at a time are followed through all
 * channels: all 36 lie at distances that are often a multiple of 4096 bytes, and would drive each
 * other out of the cache. No fused multiply-add, so every processor rounds alike.
 */

/** Bytes of four float32, which are worked on at once. */
const lanes: usize = 16;

/**
 * Bᵀ d B of each patch d.
 * @param x, tiles - byte addresses
 * @param scratch - byte address of a tile, 36 × `channels` numbers
 */
export function cutTiles(
  x: usize, tiles: usize, images: u32, height: u32, width: u32, channels: u32, stride: u32, scratch: usize,
): void {
  const pixel: usize = channels << 2;
  const row: usize = width * pixel;
  const plane: usize = images * ((height - 6) / stride + 1) * ((width - 6) / stride + 1) * pixel;
  let to = tiles;
  for (let image: u32 = 0; image < images; image++) {
    for (let i: u32 = 0; i + 6 <= height; i += stride) {
      for (let j: u32 = 0; j + 6 <= width; j += stride) {
        const from = x + (image * height + i) * row + j * pixel;
        for (let s: usize = 0; s < 6; s++)
          for (let c: usize = 0; c < pixel; c += lanes)
            transform(from + s * pixel + c, row, scratch + s * pixel + c, 6 * pixel);
        for (let k: usize = 0; k < 6; k++)
          for (let c: usize = 0; c < pixel; c += lanes)
            transform(scratch + 6 * k * pixel + c, pixel, to + 6 * k * plane + c, plane);
        to += pixel;
      }
    }
  }
}

/** The transpose of `cutTiles`: adds B t Bᵀ of each tile t to its patch. */
export function addTiles(
  tiles: usize, x: usize, images: u32, height: u32, width: u32, channels: u32, stride: u32, scratch: usize,
): void {
  const pixel: usize = channels << 2;
  const row: usize = width * pixel;
  const plane: usize = images * ((height - 6) / stride + 1) * ((width - 6) / stride + 1) * pixel;
  let from = tiles;
  for (let image: u32 = 0; image < images; image++) {
    for (let i: u32 = 0; i + 6 <= height; i += stride) {
      for (let j: u32 = 0; j + 6 <= width; j += stride) {
        const to = x + (image * height + i) * row + j * pixel;
        for (let k: usize = 0; k < 6; k++)
          for (let c: usize = 0; c < pixel; c += lanes)
            transformBack(scratch + 6 * k * pixel + c, pixel, from + 6 * k * plane + c, plane, false);
        for (let s: usize = 0; s < 6; s++)
          for (let c: usize = 0; c < pixel; c += lanes)
            transformBack(to + s * pixel + c, row, scratch + s * pixel + c, 6 * pixel, true);
        from += pixel;
      }
    }
  }
}

/**
 * Bᵀ of six vectors from `from` on, `step` bytes apart, to six from `to` on. B belongs to the
 * points 0, 1, −1, 2, −1/2 and ∞.
 */
// @ts-ignore: a decorator of AssemblyScript
@inline
function transform(from: usize, step: usize, to: usize, toStep: usize): void {
  const d0 = v128.load(from);
  const d1 = v128.load(from + step);
  const d2 = v128.load(from + 2 * step);
  const d3 = v128.load(from + 3 * step);
  const d4 = v128.load(from + 4 * step);
  const d5 = v128.load(from + 5 * step);
  const half = f32x4.splat(0.5);
  const more = f32x4.splat(1.5);
  const q0 = f32x4.sub(d3, d1);
  const q1 = f32x4.sub(d4, d2);
  const r0 = f32x4.sub(q0, f32x4.mul(more, d2));
  const r1 = f32x4.sub(q1, f32x4.mul(more, d3));
  v128.store(to, f32x4.sub(f32x4.sub(q1, f32x4.mul(more, q0)), f32x4.sub(d2, d0)));
  v128.store(to + toStep, f32x4.add(r1, r0));
  v128.store(to + 2 * toStep, f32x4.sub(r1, r0));
  v128.store(to + 3 * toStep, f32x4.add(q1, f32x4.mul(half, q0)));
  v128.store(to + 4 * toStep, f32x4.sub(q1, f32x4.add(q0, q0)));
  v128.store(to + 5 * toStep, f32x4.sub(f32x4.sub(f32x4.sub(d5, d3), f32x4.mul(more, q1)), q0));
}

/** B of six vectors from `from` on, to six from `to` on, added to what is there if `adds`. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function transformBack(to: usize, toStep: usize, from: usize, step: usize, adds: bool): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + step);
  const m2 = v128.load(from + 2 * step);
  const m3 = v128.load(from + 3 * step);
  const m4 = v128.load(from + 4 * step);
  const m5 = v128.load(from + 5 * step);
  const half = f32x4.splat(0.5);
  const more = f32x4.splat(1.5);
  // What `transform` calls r1, r0, q1 and q0 gets these.
  const a = f32x4.add(m1, m2);
  const b = f32x4.sub(m1, m2);
  const p = f32x4.add(f32x4.sub(f32x4.add(f32x4.add(m3, m4), m0), f32x4.mul(more, m5)), a);
  const sub = f32x4.add(f32x4.add(m4, m4), f32x4.add(m5, f32x4.mul(more, m0)));
  const q = f32x4.add(f32x4.sub(f32x4.mul(half, m3), sub), b);
  put(to, m0, adds);
  put(to + toStep, f32x4.neg(q), adds);
  put(to + 2 * toStep, f32x4.neg(f32x4.add(f32x4.add(p, m0), f32x4.mul(more, b))), adds);
  put(to + 3 * toStep, f32x4.sub(f32x4.sub(q, m5), f32x4.mul(more, a)), adds);
  put(to + 4 * toStep, p, adds);
  put(to + 5 * toStep, m5, adds);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function put(to: usize, value: v128, adds: bool): void {
  v128.store(to, adds ? f32x4.add(v128.load(to), value) : value);
}
