/** Small models that no user can ask for yet: networks that begin and end in other forms than the reference. */
import type { ModelDescription } from '../../src/model/description.js';
import { batchNormalization } from '../../src/model/layers/batchNormalization.js';
import { conv2d } from '../../src/model/layers/conv2d.js';
import { dense } from '../../src/model/layers/dense.js';
import { activation, flatten, maxPooling2d, reshape, upSampling2d } from '../../src/model/layers/withoutTensors.js';
import { type ImageShape, sizeOfImage } from '../../src/pictures/picture.js';

/** Two layers each: G ends in features, D begins with them. */
export function perceptronOf(image: ImageShape): ModelDescription {
  const { height, width, channels } = image;
  const numbers = sizeOfImage(image);
  return {
    latentSize: 12,
    image,
    generator: [
      dense('one', 20, { activation: 'tanh' }),
      dense('two', numbers),
      activation('tanh'),
      reshape([height, width, channels]),
    ],
    discriminator: [flatten(), dense('one', 16, { activation: 'tanh' }), dense('two', 1)],
  };
}

export const perceptron = perceptronOf({ height: 4, width: 6, channels: 3 });

/** G narrows first, so it begins with features of a noise that all have; a layer has no bias. */
export const narrowing: ModelDescription = {
  ...perceptron,
  generator: [dense('one', 10, { activation: 'tanh', useBias: false }), dense('two', 72, { activation: 'tanh' })],
};

/** G ends with the convolution that is computed by Winograd's algorithm, first after an exchange. */
export const convolving: ModelDescription = {
  latentSize: 12,
  image: { height: 4, width: 5, channels: 1 },
  generator: [
    dense('one', 12 * 14 * 4, { activation: 'tanh' }),
    reshape([12, 14, 4]),
    conv2d('conv', 1, [5, 5], { activation: 'tanh' }),
    maxPooling2d([2, 2]),
  ],
  discriminator: [flatten(), dense('one', 10, { activation: 'tanh' }), dense('two', 1)],
};

/** Layers with fewer features than there are slices: some slices own nothing of them. */
export const tiny: ModelDescription = {
  latentSize: 2,
  image: { height: 2, width: 2, channels: 1 },
  generator: [dense('one', 3, { activation: 'tanh' }), dense('two', 4, { activation: 'tanh' })],
  discriminator: [flatten(), dense('one', 2, { activation: 'tanh' }), dense('two', 1)],
};

/** A linear convolution gives the gradient that it gets, which lies in memory that its own way back takes. */
export const linear: ModelDescription = {
  ...convolving,
  generator: [
    dense('one', 6 * 7 * 4, { activation: 'tanh' }),
    reshape([6, 7, 4]),
    upSampling2d([2, 2]),
    conv2d('wide', 16, [5, 5], { padding: 'same' }),
    conv2d('conv', 1, [5, 5], { activation: 'tanh' }),
    maxPooling2d([2, 2]),
  ],
};

/** Every kind of layer that has tensors, and images of several channels where they are flattened: in files of others. */
export const small: ModelDescription = {
  latentSize: 3,
  image: { height: 4, width: 4, channels: 1 },
  generator: [
    dense('dense_1', 4, { activation: 'tanh' }),
    dense('dense_2', 2 * 2 * 3),
    batchNormalization('batch_norm'),
    activation('tanh'),
    reshape([2, 2, 3]),
    upSampling2d([2, 2]),
    conv2d('conv_1', 1, [5, 5], { padding: 'same', activation: 'tanh' }),
  ],
  discriminator: [
    conv2d('conv_1', 5, [5, 5], { padding: 'same', activation: 'tanh' }),
    maxPooling2d([2, 2]),
    flatten(),
    dense('dense_1', 6, { activation: 'tanh' }),
    dense('dense_2', 1),
  ],
};
