/** Each kind of layer (shared/networks.ts) and its implementation. */
import type { LayerKind } from '../../shared/networks.js';
import { batchNorm } from './batchNorm.js';
import { convPool } from './convPool.js';
import { dense, denseHead } from './dense.js';
import { imageConvPool } from './imageConvPool.js';
import type { LayerImplementation } from './layer.js';
import { upsampleConv } from './upsampleConv.js';

export const layerKinds: Record<LayerKind, LayerImplementation> = {
  dense,
  denseHead,
  batchNorm,
  upsampleConv,
  convPool,
  imageConvPool,
};
