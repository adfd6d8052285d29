/** Small models that no user can ask for yet: networks that begin and end in other forms than the reference. */
import type { ModelDescription } from '../../src/model/description.js';
import { conv2d } from '../../src/model/layers/conv2d.js';
import { dense } from '../../src/model/layers/dense.js';
import { activation, flatten, maxPooling2d, reshape } from '../../src/model/layers/withoutTensors.js';

const image = { height: 4, width: 6, channels: 3 } as const;

/** Two layers each: G ends in features, D begins with them. */
export const perceptron: ModelDescription = {
  latentSize: 12,
  image,
  generator: [dense('one', 20, { activation: 'tanh' }), dense('two', 72), activation('tanh'), reshape([4, 6, 3])],
  discriminator: [flatten(), dense('one', 16, { activation: 'tanh' }), dense('two', 1)],
};

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
