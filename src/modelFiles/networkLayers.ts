/**
 * The two networks as Keras and tfjs-layers describe them, layer by layer: what is written into their files. What is
 * read from theirs is compared with it (compareLayers.ts).
 */
import { imageSize, latentSize } from '../model/tensors.js';

export type Network = 'generator' | 'discriminator';
export const networks: readonly Network[] = ['generator', 'discriminator'];

/** A layer in the words that Keras 2, Keras 3 and tfjs share. */
export interface NetworkLayer {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>> & { readonly name: string };
}

const layer = (class_name: string, name: string, config: Record<string, unknown>): NetworkLayer => ({
  class_name,
  config: { name, trainable: true, ...config },
});
const dense = (name: string, units: number, activation: string) =>
  layer('Dense', name, { units, activation, use_bias: true });
const conv = (name: string, filters: number, padding: 'same' | 'valid') =>
  layer('Conv2D', name, {
    filters,
    kernel_size: [5, 5],
    strides: [1, 1],
    padding,
    data_format: 'channels_last',
    activation: 'tanh',
    use_bias: true,
  });
const upsample = (name: string) =>
  layer('UpSampling2D', name, { size: [2, 2], interpolation: 'nearest', data_format: 'channels_last' });
const pool = (name: string) =>
  layer('MaxPooling2D', name, {
    pool_size: [2, 2],
    strides: [2, 2],
    padding: 'valid',
    data_format: 'channels_last',
  });

/** The shape of one input. */
export const inputShapes: Readonly<Record<Network, readonly number[]>> = {
  generator: [latentSize],
  discriminator: [imageSize, imageSize, 1],
};

/** Layers with tensors have the names of the store. D ends in the sigmoid that training has in its loss: it gives D(x). */
export const networkLayers: Readonly<Record<Network, readonly NetworkLayer[]>> = {
  generator: [
    dense('dense_1', 1024, 'tanh'),
    dense('dense_2', 7 * 7 * 128, 'linear'),
    layer('BatchNormalization', 'batch_norm', { axis: -1, momentum: 0.99, epsilon: 1e-3, center: true, scale: true }),
    layer('Activation', 'tanh', { activation: 'tanh' }),
    layer('Reshape', 'reshape', { target_shape: [7, 7, 128] }),
    upsample('upsample_1'),
    conv('conv_1', 64, 'same'),
    upsample('upsample_2'),
    conv('conv_2', 1, 'same'),
  ],
  discriminator: [
    conv('conv_1', 64, 'same'),
    pool('pool_1'),
    conv('conv_2', 128, 'valid'),
    pool('pool_2'),
    layer('Flatten', 'flatten', { data_format: 'channels_last' }),
    dense('dense_1', 1024, 'tanh'),
    dense('dense_2', 1, 'sigmoid'),
  ],
};

/** The tensors of a layer in the order in which Keras numbers them. */
const tensorsOf: Readonly<Record<string, readonly string[]>> = {
  Dense: ['kernel', 'bias'],
  Conv2D: ['kernel', 'bias'],
  BatchNormalization: ['gamma', 'beta', 'moving_mean', 'moving_variance'],
};

export interface LayerTensors {
  readonly layer: NetworkLayer;
  /** `kernel`, `bias`, … */
  readonly tensors: readonly string[];
}

/** The layers that have tensors, in order. */
export const layersWithTensors = (layers: readonly NetworkLayer[]): LayerTensors[] =>
  layers.flatMap(layer => {
    const tensors = tensorsOf[layer.class_name];
    return tensors ? [{ layer, tensors }] : [];
  });
