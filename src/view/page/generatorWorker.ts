/**
 * The Web Worker that runs the networks: WebAssembly with SIMD on one thread, loaded when digits
 * are first asked for.
 */
import { expose, transfer } from 'comlink';
import { startEngine } from './generate/engine.js';
import { Networks } from './generate/networks.js';

const networks = new Networks();

const worker = {
  start: startEngine,
  load: networks.load.bind(networks),
  draw(noise: Float32Array, isScored: boolean) {
    const drawn = networks.draw(noise, isScored);
    return transfer(drawn, [drawn.pixels.buffer, ...(drawn.logits ? [drawn.logits.buffer] : [])]);
  },
};

export type GeneratorWorker = typeof worker;

expose(worker);
