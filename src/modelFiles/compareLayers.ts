/**
 * Whether a network from outside is ours. Every layer becomes one or two operations in words, such as `Dense 1024` and
 * `tanh`: an activation may be a layer of its own or part of the one before, and what is as usual is not said.
 */
import { DataError } from '../shared/errors.js';
import { type Network, type NetworkLayer, networkLayers } from './networkLayers.js';

type Settings = Readonly<Record<string, unknown>>;

/** @throws DataError naming the first operation that is not ours, and what is expected there */
export function assertSameLayers(layers: readonly NetworkLayer[], network: Network, file: string): void {
  const expected = describeLayers(networkLayers[network]);
  const found = describeLayers(layers);
  // Where the sigmoid is part of the loss, D ends with the logit; its tensors are the same.
  if (network === 'discriminator' && found.length === expected.length - 1) found.push('sigmoid');
  const place = expected.findIndex((operation, i) => operation !== found[i]);
  if (place === -1 && found.length === expected.length) return;
  const at = place === -1 ? expected.length : place;
  const [wanted, there] = [expected[at] ?? 'nothing more', found[at] ?? 'nothing more'];
  throw new DataError(
    `${file} is not the ${network} of this model: expected ${wanted} as its operation ${at + 1}, found ${there}`,
    file,
  );
}

function describeLayers(layers: readonly NetworkLayer[]): string[] {
  return layers.flatMap(({ class_name, config }) => {
    const describe = Object.hasOwn(operations, class_name) ? operations[class_name] : undefined;
    return describe ? describe(config) : [wordOf(class_name)];
  });
}

const operations: Readonly<Record<string, (config: Settings) => string[]>> = {
  InputLayer: () => [],
  Dense: c => [`Dense ${c.units}${unusual(c, { use_bias: true })}`, ...activationOf(c)],
  Conv2D: c => [
    `Conv2D ${c.filters} of ${sizeOf(c.kernel_size)}, padding ${c.padding ?? 'valid'}${unusual(c, { use_bias: true, strides: 1, dilation_rate: 1, groups: 1, ...plain })}`,
    ...activationOf(c),
  ],
  BatchNormalization: c => [
    `BatchNormalization, epsilon ${c.epsilon ?? 1e-3}, momentum ${c.momentum ?? 0.99}${unusual({ ...c, axis: axisOf(c.axis) }, { axis: -1, center: true, scale: true })}`,
  ],
  Activation: activationOf,
  Reshape: c => [`Reshape to ${sizeOf(c.target_shape)}`],
  UpSampling2D: c => [`UpSampling2D by ${sizeOf(c.size ?? 2)}${unusual(c, { interpolation: 'nearest', ...plain })}`],
  MaxPooling2D: c => [
    `MaxPooling2D of ${sizeOf(c.pool_size ?? 2)}${unusual({ ...c, strides: sizeOf(c.strides ?? c.pool_size ?? 2) }, { strides: '2×2', padding: 'valid', ...plain })}`,
  ],
  Flatten: c => [`Flatten${unusual(c, plain)}`],
};

const plain = { data_format: 'channels_last' };

function activationOf({ activation = 'linear' }: Settings): string[] {
  return activation === 'linear' || activation === null ? [] : [wordOf(activation)];
}

/** `5` and `[5, 5]` are the same size. */
function sizeOf(size: unknown): string {
  const sides = Array.isArray(size) ? size : [size, size];
  return sides.map(wordOf).join('×');
}

/** Of an input with one axis besides that of the batch, 1 is the last. Keras 2 writes a list. */
function axisOf(axis: unknown): unknown {
  const [only] = Array.isArray(axis) && axis.length === 1 ? axis : [axis];
  return only === 1 ? -1 : only;
}

/** `, strides 2×2` and the like: each setting that has another value than the usual one. */
function unusual(config: Settings, usual: Settings): string {
  const isUsual = (value: unknown, expected: unknown) =>
    value === undefined || value === null || value === expected || sizeOf(value) === sizeOf(expected);
  const different = Object.entries(usual).filter(([key, value]) => !isUsual(config[key], value));
  return different
    .map(([key]) => `, ${key} ${Array.isArray(config[key]) ? sizeOf(config[key]) : wordOf(config[key])}`)
    .join('');
}

/** For a message: a hostile file may have anything here. */
const wordOf = (value: unknown): string =>
  typeof value === 'object' ? (JSON.stringify(value) ?? '').slice(0, 60) : String(value).slice(0, 60);
