/** A convolution over height and width. */
import { type Activation, activations } from '../activations.js';
import { bias } from './dense.js';
import { count, flag, imageOf, type LayerKind, oneOf, pair } from './layerKind.js';

export interface Conv2d {
  readonly kind: 'conv2d';
  readonly name: string;
  readonly filters: number;
  /** Height and width. */
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
  readonly useBias: boolean;
  readonly activation: Activation;
}

/** With Keras's defaults. */
export const conv2d = (
  name: string,
  filters: number,
  kernelSize: readonly [number, number],
  { strides = [1, 1], padding = 'valid', useBias = true, activation = 'linear' }: Partial<Conv2d> = {},
): Conv2d => ({ kind: 'conv2d', name, filters, kernelSize, strides, padding, useBias, activation });

export const conv2dKind: LayerKind<Conv2d> = {
  isNamed: true,
  options: {
    filters: count,
    kernelSize: pair,
    strides: pair,
    padding: oneOf(['same', 'valid']),
    useBias: flag,
    activation: oneOf(activations),
  },
  outputShape({ filters, kernelSize, strides, padding }, input) {
    const [height, width] = imageOf(input);
    return [
      across(height, kernelSize[0], strides[0], padding),
      across(width, kernelSize[1], strides[1], padding),
      filters,
    ];
  },
  tensors({ filters, kernelSize, useBias }, input) {
    const [, , from] = imageOf(input);
    const receptive = kernelSize[0] * kernelSize[1];
    return [
      {
        name: 'kernel',
        shape: [...kernelSize, from, filters],
        dimensions: ['height', 'width', 'in', 'out'],
        role: 'parameter',
        initial: { kind: 'glorotUniform', fanIn: receptive * from, fanOut: receptive * filters },
      },
      ...(useBias ? [bias(filters)] : []),
    ];
  },
  toKeras: ({ filters, kernelSize, strides, padding, useBias, activation }) => ({
    class_name: 'Conv2D',
    config: {
      filters,
      kernel_size: kernelSize,
      strides,
      padding,
      data_format: 'channels_last',
      activation,
      use_bias: useBias,
    },
  }),
};

/** Places that a window has on an axis. @throws RangeError where it has none */
export function across(size: number, window: number, stride: number, padding: 'same' | 'valid'): number {
  if (padding === 'same') return Math.ceil(size / stride);
  if (size >= window) return Math.floor((size - window) / stride) + 1;
  throw new RangeError(`takes a window of ${window}, and the image is only ${size} long: use padding same`);
}
