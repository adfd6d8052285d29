/** The routines of assembly/routines.ts, bound to the shared memory. Addresses are in bytes. */
import { readFileSync } from 'node:fs';

export interface Routines {
  /** Updates `count` float32 each; returns the sum of the bits that it wrote, as a signed integer of 64 bits. */
  nesterov(
    p: number,
    v: number,
    g: number,
    pNext: number,
    vNext: number,
    count: number,
    rate: number,
    momentum: number,
  ): bigint;
  /** The sum of the bits of `count` float32. */
  sumBits(x: number, count: number): bigint;
  /**
   * The sum of `count` matrices of float32, `step` bytes apart, as the tree of assembly/sums.ts: of
   * the first one's rows, `rowBytes` apart, `columns` numbers each, written one row after the
   * other.
   */
  sumSlices(
    from: number,
    step: number,
    count: number,
    to: number,
    rows: number,
    rowBytes: number,
    columns: number,
  ): void;
  readonly cutTiles: TileKernel;
  readonly addTiles: TileKernel;
  readonly cutPatches: PatchKernel;
  readonly addPatches: PatchKernel;
  /** 0 once a number was written, or summed, that is not finite. */
  readonly allFinite: { value: 0 | 1 };
}

/** See assembly/tiles.ts; `scratch` is the address of a tile. */
type TileKernel = (
  from: number,
  to: number,
  images: number,
  height: number,
  width: number,
  channels: number,
  stride: number,
  scratch: number,
) => void;

/** See assembly/patches.ts. */
type PatchKernel = (from: number, to: number, images: number, height: number, width: number) => void;

export function loadRoutines(memory: WebAssembly.Memory): Routines {
  const code = readFileSync(new URL('./routines.wasm', import.meta.url));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
  return instance.exports as unknown as Routines;
}
