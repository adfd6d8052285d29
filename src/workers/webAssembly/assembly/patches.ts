/**
 * Patches of 6×6 pixels of images of one channel, from every second row and column on, and back.
 * Images are `[n, height, width]`, both even; patches are `[n · rows · columns, 36]`.
 */

/** Bytes of a row of a patch. */
const length: usize = 24;

/** @param x, patches - byte addresses */
export function cutPatches(x: usize, patches: usize, images: u32, height: u32, width: u32): void {
  const row: usize = width << 2;
  let to = patches;
  for (let image: u32 = 0; image < images; image++) {
    for (let i: u32 = 0; i + 6 <= height; i += 2) {
      for (let j: u32 = 0; j + 6 <= width; j += 2) {
        let from = x + (image * height + i) * row + (j << 2);
        for (let s = 0; s < 6; s++) {
          v128.store(to, v128.load(from));
          store<u64>(to + 16, load<u64>(from + 16));
          from += row;
          to += length;
        }
      }
    }
  }
}

/** The transpose of `cutPatches`: adds each patch to its pixels. */
export function addPatches(patches: usize, x: usize, images: u32, height: u32, width: u32): void {
  const row: usize = width << 2;
  let from = patches;
  for (let image: u32 = 0; image < images; image++) {
    for (let i: u32 = 0; i + 6 <= height; i += 2) {
      for (let j: u32 = 0; j + 6 <= width; j += 2) {
        let to = x + (image * height + i) * row + (j << 2);
        for (let s = 0; s < 6; s++) {
          v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
          store<f32>(to + 16, load<f32>(to + 16) + load<f32>(from + 16));
          store<f32>(to + 20, load<f32>(to + 20) + load<f32>(from + 20));
          from += length;
          to += row;
        }
      }
    }
  }
}
