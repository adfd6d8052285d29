/**
 * Whether a network from outside is ours. Every layer becomes one or two operations in words, such as `Dense 1024` and
 * `tanh`: an activation may be a layer of its own or part of the one before, and what is as usual is not said.
 */
import type { Network } from '../model/description.js';
import { DataError } from '../shared/errors.js';
import type { ModelLayer, NetworkLayer } from './networkLayers.js';

type Settings = Readonly<Record<string, unknown>>;

/** @throws DataError naming the first operation that is not ours, and what is expected there */
export function assertSameLayers(
  layers: readonly NetworkLayer[],
  ours: readonly ModelLayer[],
  network: Network,
  file: string,
): void {
  const lastAxes = ours.filter(isBatchNorm).map(({ inputShape }) => inputShape.length);
  const expected = describeLayers(ours, lastAxes);
  const found = describeLayers(layers, lastAxes);
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

const isBatchNorm = ({ class_name }: NetworkLayer): boolean => class_name === 'BatchNormalization';

/** @param lastAxes - the number of the last axis, for each batch norm */
function describeLayers(layers: readonly NetworkLayer[], lastAxes: readonly number[]): string[] {
  const norms = layers.filter(isBatchNorm);
  return layers.flatMap(layer => {
    const { class_name, config } = layer;
    const describe = Object.hasOwn(operations, class_name) ? operations[class_name] : undefined;
    if (!describe) return [wordOf(class_name)];
    const lastAxis = lastAxes[norms.indexOf(layer)];
    return describe(isBatchNorm(layer) ? { ...config, axis: axisOf(config.axis, lastAxis) } : config);
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
    `BatchNormalization, epsilon ${c.epsilon ?? 1e-3}, momentum ${c.momentum ?? 0.99}${unusual(c, { axis: -1, center: true, scale: true })}`,
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

/** The last axis has two numbers: from the front, where 0 is the batch, and from the end. Keras 2 writes a list. */
function axisOf(axis: unknown, lastAxis: number | undefined): unknown {
  const [only] = Array.isArray(axis) && axis.length === 1 ? axis : [axis];
  return only === lastAxis ? -1 : only;
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
