/** TensorFlow.js on WebAssembly, with the kernels of the two networks and no others. */
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm/dist/base.js';
import { _fusedMatMulConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/_FusedMatMul.js';
import { addConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Add.js';
import { batchMatMulConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/BatchMatMul.js';
import { conv2DConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Conv2D.js';
import { fusedBatchNormConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/FusedBatchNorm.js';
import { fusedConv2DConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/FusedConv2D.js';
import { identityConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Identity.js';
import { maxPoolConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/MaxPool.js';
import { reshapeConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Reshape.js';
import { resizeNearestNeighborConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/ResizeNearestNeighbor.js';
import { tanhConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Tanh.js';
import { env, type KernelConfig, registerKernel, setBackend } from '@tensorflow/tfjs-core';

const kernels: readonly KernelConfig[] = [
  _fusedMatMulConfig,
  addConfig,
  batchMatMulConfig,
  conv2DConfig,
  fusedBatchNormConfig,
  fusedConv2DConfig,
  identityConfig,
  maxPoolConfig,
  reshapeConfig,
  resizeNearestNeighborConfig,
  tanhConfig,
];

/** @throws Error that says why the networks cannot run here */
export async function startEngine(): Promise<void> {
  if (!(await env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new Error('This browser has no WebAssembly with SIMD.');
  for (const kernel of kernels) registerKernel(kernel);
  // Threads would need a page that is isolated from others, which no plain file host gives.
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  // Beside this script.
  setWasmPaths(new URL('.', self.location.href).href);
  if (!(await setBackend('wasm')))
    throw new Error('The WebAssembly of TensorFlow.js, a file beside this page, cannot be loaded.');
}
