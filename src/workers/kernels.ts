/** The update kernel (wasm/kernels.ts), bound to the shared memory. */
import { readFileSync } from 'node:fs';

export interface Kernels {
  /** Byte addresses of `count` float32 each; see wasm/kernels.ts. */
  nesterov(
    p: number,
    v: number,
    g: number,
    pNext: number,
    vNext: number,
    count: number,
    rate: number,
    momentum: number,
  ): void;
}

export function loadKernels(memory: WebAssembly.Memory): Kernels {
  const code = readFileSync(new URL('./kernels.wasm', import.meta.url));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
  return instance.exports as unknown as Kernels;
}
