/**
 * The sum over slices, as a tree: of n summands, those of the largest power of two below n, and the
 * rest, each summed likewise. So it is pairs, pairs of pairs and so on, and a rest is added last.
 * Whoever has a run of 2^k summands that begins at a multiple of 2^k can add them alone: that is
 * what lets a machine send one sum instead of all its summands.
 */

/** Bytes of four float32, which are worked on at once. */
const lanes: usize = 16;

/**
 * Sums `count` matrices of float32, `step` bytes apart, into `to`, where the rows lie one after the other.
 *
 * @param from - byte address of the first matrix; its rows are `rowBytes` apart, and `columns`
 * numbers of each are wanted
 */
export function sumSlices(
  from: usize, step: usize, count: u32, to: usize, rows: u32, rowBytes: usize, columns: u32,
): void {
  const bytes: usize = <usize>columns << 2;
  const end: usize = bytes & ~(lanes - 1);
  for (let row: u32 = 0; row < rows; row++) {
    let at: usize = 0;
    // The usual number of slices without calls.
    if (count == 8) for (; at < end; at += lanes) v128.store(to + at, sumEight(from + at, step));
    else for (; at < end; at += lanes) v128.store(to + at, sumVectors(from + at, step, count));
    for (; at < bytes; at += 4) store<f32>(to + at, sumNumbers(from + at, step, count));
    from += rowBytes;
    to += bytes;
  }
}

function sumVectors(from: usize, step: usize, count: u32): v128 {
  if (count == 1) return v128.load(from);
  if (count == 8) return sumEight(from, step);
  const first = largestPowerBelow(count);
  return f32x4.add(sumVectors(from, step, first), sumVectors(from + first * step, step, count - first));
}

function sumNumbers(from: usize, step: usize, count: u32): f32 {
  if (count == 1) return load<f32>(from);
  const first = largestPowerBelow(count);
  return sumNumbers(from, step, first) + sumNumbers(from + first * step, step, count - first);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function sumEight(from: usize, step: usize): v128 {
  return f32x4.add(sumFour(from, step), sumFour(from + 4 * step, step));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function sumFour(from: usize, step: usize): v128 {
  const pair = f32x4.add(v128.load(from), v128.load(from + step));
  return f32x4.add(pair, f32x4.add(v128.load(from + 2 * step), v128.load(from + 3 * step)));
}

/** Of a count of two or more. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function largestPowerBelow(count: u32): u32 {
  return <u32>1 << (31 - clz<u32>(count - 1));
}
