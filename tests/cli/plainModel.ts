/**
 * The two networks of docs/theory.md in plain TensorFlow, unsplit and in one thread: a second
 * opinion on what the workers compute.
 */
import type { Tensor4D } from '@tensorflow/tfjs-node';
import { streams, uniform } from '../../src/model/philox.js';
import { loadEngine, prepareEngineEnvironment } from '../../src/shared/engine.js';
import type { Tensor } from '../../src/store/index.js';

prepareEngineEnvironment();
const tf = loadEngine();

type Tensors = ReadonlyMap<string, Tensor>;

/** Images of `generate`, `[count, 784]` in [-1, 1]. */
export function drawImages(tensors: Tensors, seed: number, count: number): Float32Array {
  const get = tensorsOf(tensors, 'generator');
  return tf.tidy(() => {
    const noise = tf.tensor2d(uniform(seed, streams.generate, 0, count * 100), [count, 100]);
    const wide = noise.matMul(get('dense_1/kernel')).add(get('dense_1/bias')).tanh();
    const flat = wide.matMul(get('dense_2/kernel')).add(get('dense_2/bias'));
    const deviation = get('batch_norm/moving_variance').add(1e-3).sqrt();
    const normal = flat.sub(get('batch_norm/moving_mean')).div(deviation).mul(get('batch_norm/gamma'));
    let images: Tensor4D = normal.add(get('batch_norm/beta')).tanh().reshape([count, 7, 7, 128]);
    for (const [name, size] of [
      ['conv_1', 14],
      ['conv_2', 28],
    ] as const) {
      const large = tf.image.resizeNearestNeighbor(images, [size, size]);
      const sums = large.conv2d(get(`${name}/kernel`) as Tensor4D, 1, 'same').add<Tensor4D>(get(`${name}/bias`));
      images = sums.tanh();
    }
    return images.dataSync<'float32'>().slice();
  });
}

/** The discriminator's logits of images `[count, 784]`. */
export function scoreImages(tensors: Tensors, images: Float32Array): Float32Array {
  const get = tensorsOf(tensors, 'discriminator');
  return tf.tidy(() => {
    let maps: Tensor4D = tf.tensor4d(images, [images.length / 784, 28, 28, 1]);
    for (const [name, padding] of [
      ['conv_1', 'same'],
      ['conv_2', 'valid'],
    ] as const) {
      const sums = maps.conv2d(get(`${name}/kernel`) as Tensor4D, 1, padding).add(get(`${name}/bias`));
      maps = (sums.tanh() as Tensor4D).maxPool(2, 2, 'valid');
    }
    const features = maps.reshape([maps.shape[0], 3200]).matMul(get('dense_1/kernel')).add(get('dense_1/bias')).tanh();
    return features.matMul(get('dense_2/kernel')).add(get('dense_2/bias')).dataSync<'float32'>().slice();
  });
}

const tensorsOf = (tensors: Tensors, network: string) => (name: string) => {
  const { data, shape } = tensors.get(`${network}/${name}`)!;
  return tf.tensor(data, [...shape]);
};
