/** The arithmetic of every kind of layer, in inference mode. A new kind is a file beside this one, and a line here. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { DescribedLayer } from '../../../../model/describe.js';
import type { LayerDescription } from '../../../../model/description.js';
import { runBatchNormalization } from './batchNormalization.js';
import { runConv2d } from './conv2d.js';
import { runDense } from './dense.js';
import type { Part, RunLayer } from './layer.js';
import { runActivation, runMaxPooling2d, runReshape, runUpSampling2d } from './withoutTensors.js';

const kinds: {
  readonly [Kind in LayerDescription['kind']]: RunLayer<Extract<LayerDescription, { kind: Kind }>>;
} = {
  dense: runDense,
  conv2d: runConv2d,
  upSampling2d: runUpSampling2d,
  maxPooling2d: runMaxPooling2d,
  batchNormalization: runBatchNormalization,
  activation: runActivation,
  flatten: runReshape,
  reshape: runReshape,
};

/** `[rows, ...inputShape]` → `[rows, ...outputShape]` */
export function runLayer(h: Tensor, { layer, outputShape }: DescribedLayer, part: Part): Tensor {
  const run = kinds[layer.kind] as RunLayer<LayerDescription>;
  return run(h, layer, part, outputShape);
}
