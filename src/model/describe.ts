/**
 * From a description to layers with shapes and tensors. All that can be wrong with a model's shapes
 * is found here, and said in the words of its layers.
 */
import { ConfigError } from '../shared/errors.js';
import { type LayerDescription, type ModelDescription, type Network, networks } from './description.js';
import type { LayerTensor } from './layers/layerKind.js';
import { kindOf } from './layers/layerKinds.js';
import { type Shape, sizeOf } from './shape.js';

export interface DescribedTensor extends LayerTensor {
  /** As in the store: `generator/dense_1/kernel`. */
  readonly fullName: string;
  readonly network: Network;
  /** The kernel of its layer, if it has one: what an error in a small bias is measured by. */
  readonly scale?: string;
}

export interface DescribedLayer {
  readonly network: Network;
  readonly layer: LayerDescription;
  /** What a person is told: its name, or its kind where it has none. */
  readonly title: string;
  /** Of one image. */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** In Keras's order. */
  readonly tensors: readonly DescribedTensor[];
}

export type DescribedModel = Readonly<Record<Network, readonly DescribedLayer[]>>;

/** @throws ConfigError naming network, layer, what it expects, and what it finds */
export function describe(model: ModelDescription): DescribedModel {
  const { height, width, channels } = model.image;
  const image = [height, width, channels];
  const generator = describeNetwork('generator', model.generator, [model.latentSize]);
  const discriminator = describeNetwork('discriminator', model.discriminator, image);
  assertEnd(generator, image, 'an image');
  assertEnd(discriminator, [1], 'one logit');
  return { generator, discriminator };
}

/** The tensors of both networks; a tensor's place in this list is its index in the random streams. */
export const listTensors = (described: DescribedModel): DescribedTensor[] =>
  networks.flatMap(network => described[network].flatMap(({ tensors }) => tensors));

function describeNetwork(network: Network, layers: readonly LayerDescription[], input: Shape): DescribedLayer[] {
  const described: DescribedLayer[] = [];
  const names = new Set<string>();
  for (const [place, layer] of layers.entries()) {
    const inputShape = described.at(-1)?.outputShape ?? input;
    const title = 'name' in layer ? layer.name : `${layer.kind} (layer ${place + 1})`;
    if (names.has(title)) throw new ConfigError(`the ${network} has two layers named ${title}: give one another name`);
    names.add(title);
    described.push(describeLayer(network, layer, title, inputShape));
  }
  if (described.length === 0) throw new ConfigError(`the ${network} has no layers`);
  return described;
}

function describeLayer(network: Network, layer: LayerDescription, title: string, inputShape: Shape): DescribedLayer {
  const kind = kindOf(layer);
  try {
    const outputShape = kind.outputShape(layer, inputShape);
    const nameOf = (tensor: LayerTensor) => `${network}/${title}/${tensor.name}`;
    const own = kind.tensors(layer, inputShape);
    const kernel = own.find(({ name }) => name === 'kernel');
    const scale = kernel && nameOf(kernel);
    const tensors = own.map(tensor => ({ ...tensor, network, fullName: nameOf(tensor), scale }));
    return { network, layer, title, inputShape, outputShape, tensors };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError(`the ${network}'s ${title} ${error.message}`, undefined, undefined, { cause: error });
  }
}

function assertEnd(layers: readonly DescribedLayer[], wanted: Shape, what: string): void {
  const { network, title, outputShape } = layers.at(-1)!;
  const isWanted =
    sizeOf(outputShape) === sizeOf(wanted) && (outputShape.length === 1 || String(outputShape) === String(wanted));
  if (isWanted) return;
  const found = `[${outputShape.join(', ')}]`;
  throw new ConfigError(
    `the ${network} must end with ${what}, [${wanted.join(', ')}]; its last layer, ${title}, gives ${found}`,
  );
}
