/** Layers that have nothing to train. */
import { type Activation, activations } from '../activations.js';
import { sizeOf } from '../shape.js';
import { across } from './conv2d.js';
import { imageOf, type LayerKind, oneOf, pair, shape } from './layerKind.js';

/** Repeats rows and columns (nearest neighbour). */
export interface UpSampling2d {
  readonly kind: 'upSampling2d';
  readonly size: readonly [number, number];
}
/** The largest number of every window. */
export interface MaxPooling2d {
  readonly kind: 'maxPooling2d';
  readonly poolSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
}
export interface ActivationLayer {
  readonly kind: 'activation';
  readonly activation: Activation;
}
export interface Flatten {
  readonly kind: 'flatten';
}
export interface Reshape {
  readonly kind: 'reshape';
  readonly targetShape: readonly number[];
}

export const upSampling2d = (size: readonly [number, number]): UpSampling2d => ({ kind: 'upSampling2d', size });
export const maxPooling2d = (poolSize: readonly [number, number]): MaxPooling2d => ({
  kind: 'maxPooling2d',
  poolSize,
  strides: poolSize,
  padding: 'valid',
});
export const activation = (name: Activation): ActivationLayer => ({ kind: 'activation', activation: name });
export const flatten = (): Flatten => ({ kind: 'flatten' });
export const reshape = (targetShape: readonly number[]): Reshape => ({ kind: 'reshape', targetShape });

const none = () => [];
const plain = { data_format: 'channels_last' } as const;

export const upSampling2dKind: LayerKind<UpSampling2d> = {
  isNamed: false,
  options: { size: pair },
  outputShape({ size }, input) {
    const [height, width, channels] = imageOf(input);
    return [height * size[0], width * size[1], channels];
  },
  tensors: none,
  kerasStem: () => 'upsample',
  toKeras: ({ size }) => ({ class_name: 'UpSampling2D', config: { size, interpolation: 'nearest', ...plain } }),
};

export const maxPooling2dKind: LayerKind<MaxPooling2d> = {
  isNamed: false,
  options: { poolSize: pair, strides: pair, padding: oneOf(['same', 'valid']) },
  outputShape({ poolSize, strides, padding }, input) {
    const [height, width, channels] = imageOf(input);
    return [
      across(height, poolSize[0], strides[0], padding),
      across(width, poolSize[1], strides[1], padding),
      channels,
    ];
  },
  tensors: none,
  kerasStem: () => 'pool',
  toKeras: ({ poolSize, strides, padding }) => ({
    class_name: 'MaxPooling2D',
    config: { pool_size: poolSize, strides, padding, ...plain },
  }),
};

export const activationKind: LayerKind<ActivationLayer> = {
  isNamed: false,
  options: { activation: oneOf(activations) },
  outputShape: (_layer, input) => input,
  tensors: none,
  kerasStem: ({ activation }) => activation,
  toKeras: ({ activation }) => ({ class_name: 'Activation', config: { activation } }),
};

export const flattenKind: LayerKind<Flatten> = {
  isNamed: false,
  options: {},
  outputShape: (_layer, input) => [sizeOf(input)],
  tensors: none,
  toKeras: () => ({ class_name: 'Flatten', config: { ...plain } }),
};

export const reshapeKind: LayerKind<Reshape> = {
  isNamed: false,
  options: { targetShape: shape },
  outputShape({ targetShape }, input) {
    if (sizeOf(targetShape) === sizeOf(input)) return targetShape;
    throw new RangeError(`takes ${sizeOf(targetShape)} numbers, and the layer before gives [${input.join(', ')}]`);
  },
  tensors: none,
  toKeras: ({ targetShape }) => ({ class_name: 'Reshape', config: { target_shape: targetShape } }),
};
