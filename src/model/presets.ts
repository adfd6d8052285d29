/** The models that come with gan-dist. */
import type { ModelDescription } from './description.js';
import { batchNormalization } from './layers/batchNormalization.js';
import { conv2d } from './layers/conv2d.js';
import { dense } from './layers/dense.js';
import { activation, flatten, maxPooling2d, reshape, upSampling2d } from './layers/withoutTensors.js';

/** The reference: the DCGAN of a classic Keras notebook. */
const mnistDcgan: ModelDescription = {
  latentSize: 100,
  image: { height: 28, width: 28, channels: 1 },
  generator: [
    dense('dense_1', 1024, { activation: 'tanh' }),
    dense('dense_2', 7 * 7 * 128),
    batchNormalization('batch_norm'),
    activation('tanh'),
    reshape([7, 7, 128]),
    upSampling2d([2, 2]),
    conv2d('conv_1', 64, [5, 5], { padding: 'same', activation: 'tanh' }),
    upSampling2d([2, 2]),
    conv2d('conv_2', 1, [5, 5], { padding: 'same', activation: 'tanh' }),
  ],
  discriminator: [
    conv2d('conv_1', 64, [5, 5], { padding: 'same', activation: 'tanh' }),
    maxPooling2d([2, 2]),
    conv2d('conv_2', 128, [5, 5], { activation: 'tanh' }),
    maxPooling2d([2, 2]),
    flatten(),
    dense('dense_1', 1024, { activation: 'tanh' }),
    dense('dense_2', 1),
  ],
};

export const presets = { 'mnist-dcgan': mnistDcgan } as const;

/** What a run that says nothing of its model trains. */
export const reference: ModelDescription = presets['mnist-dcgan'];
