/** The networks of the page on models that are not the reference, compared with numbers that plain loops compute. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DescribedLayer, type DescribedModel, describe } from '../../../src/model/describe.js';
import { type ModelDescription, type Network, networks } from '../../../src/model/description.js';
import { batchNormalization } from '../../../src/model/layers/batchNormalization.js';
import { conv2d } from '../../../src/model/layers/conv2d.js';
import { dense } from '../../../src/model/layers/dense.js';
import { activation, flatten, maxPooling2d, reshape, upSampling2d } from '../../../src/model/layers/withoutTensors.js';
import { streams, uniform } from '../../../src/model/philox.js';
import { reference } from '../../../src/model/presets.js';
import { sizeOf } from '../../../src/model/shape.js';
import { toPixels } from '../../../src/pictures/pixels.js';
import { loadEngine, prepareEngineEnvironment } from '../../../src/shared/engine.js';
import { findDiscriminator, listGenerators, tensorsOf } from '../../../src/view/page/generate/choices.js';
import { layerOnNoise, principalDirections, randomDirections } from '../../../src/view/page/generate/directions.js';
import { Networks, type Weights } from '../../../src/view/page/generate/networks.js';
import type { OpenRun } from '../../../src/view/page/panel.js';
import { findImageKernels } from '../../../src/view/page/weights/imageKernels.js';
import { perceptron } from '../../model/otherModels.js';

prepareEngineEnvironment();
// Its kernels are those of the page's functions here.
loadEngine();

/** Windows that are no squares, strides, paddings, batch norm over channels, no biases, activations of all places. */
const convolutions: ModelDescription = {
  latentSize: 6,
  image: { height: 6, width: 4, channels: 3 },
  generator: [
    dense('d', 12, { useBias: false }),
    reshape([3, 2, 2]),
    batchNormalization('b', { epsilon: 0.25 }),
    activation('tanh'),
    upSampling2d([2, 3]),
    conv2d('c1', 4, [2, 3], { padding: 'same', strides: [1, 2], useBias: false }),
    conv2d('c2', 5, [1, 2], { activation: 'tanh' }),
    upSampling2d([1, 2]),
    conv2d('c3', 3, [3, 3], { padding: 'same', activation: 'tanh' }),
  ],
  discriminator: [
    conv2d('c1', 4, [3, 2], { padding: 'same', strides: [2, 1], activation: 'tanh' }),
    { ...maxPooling2d([2, 3]), strides: [1, 2], padding: 'same' },
    maxPooling2d([1, 2]),
    conv2d('c2', 3, [2, 1]),
    flatten(),
    activation('tanh'),
    dense('d', 1),
  ],
};

type Numbers = ArrayLike<number>;

/** One layer on one input, `[...inputShape]` → `[...outputShape]`, in double precision. */
function runPlain(h: Numbers, { layer, inputShape, outputShape, tensors }: DescribedLayer, weights: Weights): Numbers {
  const part = (name: string): Numbers | undefined =>
    weights[tensors.find(tensor => tensor.name === name)?.fullName ?? '']?.data;
  const activate = (sum: number) => ('activation' in layer && layer.activation === 'tanh' ? Math.tanh(sum) : sum);
  const [height = 1, width = 1, channels = 1] = inputShape;
  const numbers = (valueAt: (y: number, x: number, c: number) => number) =>
    Array.from({ length: sizeOf(outputShape) }, (_, i) => {
      const [, across = 1, depth = 1] = outputShape;
      return valueAt(Math.floor(i / depth / across), Math.floor(i / depth) % across, i % depth);
    });
  /** Places of the input under the window of an output, and where in the window they are. */
  const windowOf = (y: number, x: number, size: readonly number[], strides: readonly number[], padding: string) => {
    const before = (axis: 0 | 1) => {
      const missing = (outputShape[axis]! - 1) * strides[axis]! + size[axis]! - inputShape[axis]!;
      return padding === 'same' ? Math.floor(Math.max(missing, 0) / 2) : 0;
    };
    const places: { at: number; inWindow: number }[] = [];
    for (let i = 0; i < size[0]!; i++)
      for (let k = 0; k < size[1]!; k++) {
        const [row, column] = [y * strides[0]! + i - before(0), x * strides[1]! + k - before(1)];
        if (row >= 0 && row < height && column >= 0 && column < width)
          places.push({ at: row * width + column, inWindow: i * size[1]! + k });
      }
    return places;
  };
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  if (layer.kind === 'dense') {
    const kernel = part('kernel')!;
    return Array.from({ length: layer.units }, (_, unit) => {
      const products = Array.from(h, (value, i) => value * kernel[i * layer.units + unit]!);
      return activate(sum(products) + (part('bias')?.[unit] ?? 0));
    });
  }
  if (layer.kind === 'conv2d') {
    const kernel = part('kernel')!;
    return numbers((y, x, filter) => {
      const places = windowOf(y, x, layer.kernelSize, layer.strides, layer.padding);
      const products = places.flatMap(({ at, inWindow }) =>
        Array.from(
          { length: channels },
          (_, c) => h[at * channels + c]! * kernel[(inWindow * channels + c) * layer.filters + filter]!,
        ),
      );
      return activate(sum(products) + (part('bias')?.[filter] ?? 0));
    });
  }
  if (layer.kind === 'maxPooling2d')
    return numbers((y, x, c) =>
      Math.max(...windowOf(y, x, layer.poolSize, layer.strides, layer.padding).map(({ at }) => h[at * channels + c]!)),
    );
  if (layer.kind === 'upSampling2d')
    return numbers(
      (y, x, c) => h[(Math.floor(y / layer.size[0]) * width + Math.floor(x / layer.size[1])) * channels + c]!,
    );
  if (layer.kind === 'batchNormalization') {
    const [gamma, beta, mean, variance] = tensors.map(({ fullName }) => weights[fullName]!.data);
    return Array.from(h, (value, i) => {
      const c = i % gamma!.length;
      return (gamma![c]! * (value - mean![c]!)) / Math.sqrt(variance![c]! + layer.epsilon) + beta![c]!;
    });
  }
  return layer.kind === 'activation' ? Array.from(h, activate) : h;
}

/** Numbers in [-1, 1), and from 0 on where a tensor has no negative ones. */
function makeWeights(described: DescribedModel, network: Network): Weights {
  const tensors = described[network].flatMap(layer => layer.tensors);
  return Object.fromEntries(
    tensors.map(({ fullName, shape, minimum }, place) => {
      const values = uniform(5, 16, place, sizeOf(shape));
      return [fullName, { shape: [...shape], data: minimum === 0 ? values.map(Math.abs) : values }];
    }),
  );
}

for (const [title, model] of Object.entries({ perceptron, convolutions }))
  test(`the page draws and judges with a model of its own as plain loops do: ${title}`, () => {
    const described = describe(model);
    const count = 3;
    const noise = uniform(7, 4, 0, count * model.latentSize);
    const page = new Networks();
    const run = (network: Network, input: Numbers) => {
      const weights = makeWeights(described, network);
      return described[network].reduce((h, layer) => runPlain(h, layer, weights), input);
    };
    for (const network of networks) page.load(model, network, makeWeights(described, network));
    const { pixels, logits } = page.draw(noise, true);
    const images = Array.from({ length: count }, (_, i) =>
      run('generator', noise.subarray(i * model.latentSize, (i + 1) * model.latentSize)),
    );
    const expected = toPixels(Float32Array.from(images.flatMap(image => Array.from(image))));
    assert.equal(pixels.length, count * 72);
    assert.ok(new Set(pixels).size > 20, 'there is something to compare');
    assert.ok(pixels.every((value, i) => Math.abs(value - expected[i]!) <= 1));
    const judged = images.map(image => run('discriminator', image)[0]!);
    assert.ok(Math.max(...judged) - Math.min(...judged) > 0.01, 'there is something to compare');
    assert.equal(logits!.length, count);
    for (const [i, logit] of judged.entries())
      assert.ok(Math.abs(logits![i]! - logit) < 1e-5, `${logits![i]} instead of ${logit}`);
  });

test('upsampling repeats pixels by any factor', () => {
  // From the corners of pixels, 1 / 41 and 1 / 49 round to the pixel before.
  for (const [index, factor] of [2, 3, 7, 41, 49].entries()) {
    const model: ModelDescription = {
      latentSize: 6,
      image: { height: 2 * factor, width: 3 * factor, channels: 1 },
      generator: [reshape([2, 3, 1]), upSampling2d([factor, factor])],
      discriminator: [flatten(), dense('d', 1)],
    };
    const page = new Networks();
    page.load(model, 'generator', {});
    const noise = uniform(1, 4, index, 6);
    const { pixels } = page.draw(noise, false);
    const made = toPixels(noise);
    const expected = pixels.map(
      (_, i) => made[3 * Math.floor(i / (3 * factor) / factor) + Math.floor((i % (3 * factor)) / factor)]!,
    );
    assert.deepEqual(pixels, expected, `by ${factor}`);
  }
});

/** A run as far as choices look at it. */
function openRun(model: ModelDescription, arrays: readonly string[]): OpenRun {
  const groups = new Set(arrays.map(path => path.split('/').slice(0, 2).join('/')));
  const metadata = Object.fromEntries([
    ...arrays.map(path => [`${path}/.zarray`, {}]),
    ...Array.from(groups, group => [`${group}/.zattrs`, { step: Number(group.slice(-8)), epoch: 1 }]),
  ]);
  return { model, layers: describe(model), metadata } as unknown as OpenRun;
}

test('networks are found by the first tensors of the run’s own model', () => {
  const run = openRun(perceptron, [
    'checkpoints/00000002/generator/one/kernel',
    'checkpoints/00000002/discriminator/one/kernel',
    'generators/00000002/one/kernel',
    'checkpoints/00000003/generator/one/kernel',
    'checkpoints/00000004/generator/dense_1/kernel',
  ]);
  const choices = listGenerators(run);
  assert.deepEqual(
    choices.map(({ label, path }) => [label, path, findDiscriminator(run, { step: Number(path.slice(-8)) })]),
    [
      ['Checkpoint 3', 'checkpoints/00000003', undefined],
      ['Checkpoint 2', 'checkpoints/00000002', 'checkpoints/00000002'],
      ['Epoch 1 (step 2)', 'generators/00000002', 'checkpoints/00000002'],
    ],
  );
  assert.deepEqual(tensorsOf(run, choices[2]!, 'generator'), [
    ['generator/one/kernel', 'generators/00000002/one/kernel'],
    ['generator/one/bias', 'generators/00000002/one/bias'],
    ['generator/two/kernel', 'generators/00000002/two/kernel'],
    ['generator/two/bias', 'generators/00000002/two/bias'],
  ]);
  assert.deepEqual(tensorsOf(run, choices[1]!, 'discriminator')[3], [
    'discriminator/two/bias',
    'checkpoints/00000002/discriminator/two/bias',
  ]);
});

test('principal directions are those of a dense layer on the noise, and there are no more directions than dimensions', () => {
  assert.equal(layerOnNoise(describe(reference).generator)?.title, 'dense_1');
  assert.equal(layerOnNoise(describe(perceptron).generator)?.title, 'one');
  const [first, ...rest] = describe(perceptron).generator;
  assert.equal(layerOnNoise([{ ...first!, layer: activation('tanh') }, first!, ...rest]), undefined);
  assert.equal(layerOnNoise([{ ...first!, layer: reshape([12]) }, first!, ...rest])?.title, 'one');
  assert.equal(randomDirections(3, 2, 6).length, 2);
  assert.equal(principalDirections(uniform(1, 16, 0, 10), 2, 6).length, 2);
});

test('random directions have a stream that no turn of a step has', () => {
  const drawn = uniform(3, streams.directions, 0, 5);
  const length = Math.sqrt(drawn.reduce((sum, value) => sum + value ** 2, 0));
  assert.deepEqual(
    randomDirections(3, 5, 1)[0]!.vector,
    Float64Array.from(drawn, value => value / length),
  );
  const others = Object.entries(streams).filter(([name]) => name !== 'directions');
  for (const [name, stream] of others) assert.notEqual(stream % 32, streams.directions % 32, name);
});

test('the filters that are shown are of the convolutions on the image', () => {
  const kernelsOf = (model: ModelDescription) =>
    findImageKernels({ model, layers: describe(model) }).map(({ name, filtersAxis }) => [name, filtersAxis]);
  assert.deepEqual(kernelsOf(reference), [
    ['discriminator/conv_1/kernel', 3],
    ['generator/conv_2/kernel', 2],
  ]);
  assert.deepEqual(kernelsOf(convolutions), [
    ['discriminator/c1/kernel', 3],
    ['generator/c3/kernel', 2],
  ]);
  assert.deepEqual(kernelsOf(perceptron), []);
  const { image, discriminator } = convolutions;
  // Of its four channels none is a colour.
  const generator = [dense('a', 24), reshape([6, 4, 1]), conv2d('c', 4, [1, 1]), flatten(), dense('b', 72)];
  assert.deepEqual(kernelsOf({ ...perceptron, image, generator, discriminator }), [['discriminator/c1/kernel', 3]]);
});
