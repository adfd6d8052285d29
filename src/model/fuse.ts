/**
 * From layers to operations: runs of layers that can be computed at once become one operation, the
 * longest first. An activation belongs to the operation before it, flatten and reshape to nothing:
 * the next operation knows its input's shape.
 */
import { ConfigError } from '../shared/errors.js';
import type { Activation } from './activations.js';
import type { DescribedLayer } from './describe.js';
import type { Network } from './description.js';
import type { Shape } from './shape.js';

export type FusedKind = 'dense' | 'batchNorm' | 'upsampleConv' | 'convPool' | 'imageConvPool';

export interface FusedOperation {
  readonly kind: FusedKind;
  readonly network: Network;
  /** Of the layer whose tensors it has, with its network: `generator/dense_1`. */
  readonly name: string;
  /** For one image. */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly activation: Activation;
  /** Names of its tensors in the store, by their names in the layer. */
  readonly tensors: Readonly<Record<string, string>>;
  /** Of batch norm. */
  readonly epsilon?: number;
  readonly momentum?: number;
}

/** @throws ConfigError for layers that there is no operation for */
export function fuse(layers: readonly DescribedLayer[]): FusedOperation[] {
  const operations: FusedOperation[] = [];
  for (let place = 0; place < layers.length; ) {
    const rest = layers.slice(place);
    const length = lengthOfNothing(rest);
    if (length > 0) {
      place += length;
      continue;
    }
    const match = patterns.map(pattern => pattern(rest)).find(found => found !== undefined);
    if (!match) throw unknown(rest[0]!);
    operations.push(match.operation);
    place += match.length;
  }
  if (operations.length > 0) return operations;
  throw new ConfigError(`the ${layers[0]!.network} has nothing to train: no layer of it has weights`);
}

interface Match {
  readonly operation: FusedOperation;
  /** Layers that it stands for. */
  readonly length: number;
}

/** Looks at the beginning of a list of layers. */
type Pattern = (layers: readonly DescribedLayer[]) => Match | undefined;

const isSize = (size: readonly number[], expected: number) => size.every(each => each === expected);
const isEven = ([height = 0, width = 0]: Shape) => height % 2 === 0 && width % 2 === 0;

/** The 5×5 convolutions of stride 1 that the fused operations are made for, with this padding. */
function isConv5({ layer }: DescribedLayer, padding: 'same' | 'valid'): boolean {
  if (layer.kind !== 'conv2d' || !layer.useBias || layer.padding !== padding) return false;
  return isSize(layer.kernelSize, 5) && isSize(layer.strides, 1);
}

function isPool2(described: DescribedLayer | undefined): boolean {
  if (described?.layer.kind !== 'maxPooling2d' || !isEven(described.inputShape)) return false;
  return isSize(described.layer.poolSize, 2) && isSize(described.layer.strides, 2);
}

const upsampleConv: Pattern = layers => {
  const [up, conv] = layers;
  if (up?.layer.kind !== 'upSampling2d' || !isSize(up.layer.size, 2) || !conv || !isConv5(conv, 'same'))
    return undefined;
  return operationOf('upsampleConv', layers, 2, conv);
};

const convPool: Pattern = layers => {
  const [conv, pool] = layers;
  if (!conv || !isPool2(pool)) return undefined;
  if (isConv5(conv, 'valid')) return operationOf('convPool', layers, 2, conv);
  const isOfOneChannel = conv.inputShape[2] === 1;
  return isConv5(conv, 'same') && isOfOneChannel ? operationOf('imageConvPool', layers, 2, conv) : undefined;
};

const dense: Pattern = layers =>
  layers[0]!.layer.kind === 'dense' ? operationOf('dense', layers, 1, layers[0]!) : undefined;

const batchNorm: Pattern = layers => {
  const { network, layer, inputShape } = layers[0]!;
  if (layer.kind !== 'batchNormalization' || inputShape.length !== 1) return undefined;
  // The step normalises D by nothing so far: its statistics would never move.
  if (network === 'discriminator') return undefined;
  const { epsilon, momentum } = layer;
  return operationOf('batchNorm', layers, 1, layers[0]!, { epsilon, momentum });
};

const patterns: readonly Pattern[] = [upsampleConv, convPool, dense, batchNorm];

/** @param owner - the layer among the first `length` that has the tensors, and the activation */
function operationOf(
  kind: FusedKind,
  layers: readonly DescribedLayer[],
  length: number,
  owner: DescribedLayer,
  options: Pick<FusedOperation, 'epsilon' | 'momentum'> = {},
): Match {
  const own = 'activation' in owner.layer ? owner.layer.activation : 'linear';
  const next = layers[length]?.layer;
  const takesNext = own === 'linear' && next?.kind === 'activation';
  const operation: FusedOperation = {
    kind,
    network: owner.network,
    name: `${owner.network}/${owner.title}`,
    inputShape: layers[0]!.inputShape,
    outputShape: layers[length - 1]!.outputShape,
    activation: takesNext ? next.activation : own,
    tensors: Object.fromEntries(owner.tensors.map(({ name, fullName }) => [name, fullName])),
    ...options,
  };
  return { operation, length: takesNext ? length + 1 : length };
}

/** How many layers at the beginning compute nothing. */
function lengthOfNothing(layers: readonly DescribedLayer[]): number {
  const first = layers.findIndex(({ layer }) => layer.kind !== 'flatten' && layer.kind !== 'reshape');
  return first === -1 ? layers.length : first;
}

function unknown({ network, title, layer, inputShape }: DescribedLayer): ConfigError {
  const input = `[${inputShape.join(', ')}]`;
  return new ConfigError(
    `the ${network}'s ${title} (${layer.kind}) on ${input} cannot be computed so far: there is no operation for it and the layer after it`,
  );
}
