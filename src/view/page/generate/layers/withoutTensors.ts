import { engine, maxPool, ResizeNearestNeighbor, reshape, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type {
  ActivationLayer,
  Flatten,
  MaxPooling2d,
  Reshape,
  UpSampling2d,
} from '../../../../model/layers/withoutTensors.js';
import { activate } from './activations.js';
import type { RunLayer } from './layer.js';

/**
 * The kernel by its name: tfjs has the function in one object with all others of images, and the
 * bundle would have them all.
 */
export const runUpSampling2d: RunLayer<UpSampling2d> = (h, _layer, _part, [height, width]) =>
  engine().runKernel(
    ResizeNearestNeighbor,
    { images: h },
    // From the middles of pixels: from their corners, rounding takes the row before for some sizes.
    { size: [height!, width!], alignCorners: false, halfPixelCenters: true },
  ) as Tensor;

export const runMaxPooling2d: RunLayer<MaxPooling2d> = (h, { poolSize, strides, padding }) =>
  maxPool(h as Tensor4D, [...poolSize], [...strides], padding);

export const runActivation: RunLayer<ActivationLayer> = (h, { activation }) => activate[activation](h);

export const runReshape: RunLayer<Flatten | Reshape> = (h, _layer, _part, outputShape) =>
  reshape(h, [h.shape[0]!, ...outputShape]);
