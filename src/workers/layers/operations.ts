/** Each kind of layer (model/networks.ts) and its implementation. */
import type { LayerKind } from '../../model/networks.js';
import { isExact } from '../tensorflow/products.js';
import { batchNorm } from './batchNorm.js';
import { convPool } from './convPool.js';
import { biased, dense, denseHead, denseRows } from './dense.js';
import { imageConvPool } from './imageConvPool.js';
import type { LayerImplementation } from './operation.js';
import { upsampleConv } from './upsampleConv.js';
import { winogradConvPool } from './winogradConvPool.js';

export const layerKinds: Record<LayerKind, LayerImplementation> = {
  dense,
  denseRows,
  biased,
  denseHead,
  batchNorm,
  upsampleConv,
  // Winograd's algorithm rounds a little more, which bfloat16 cannot afford.
  get convPool() {
    return isExact() ? winogradConvPool : convPool;
  },
  imageConvPool,
};
