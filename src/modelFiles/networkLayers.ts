/**
 * The two networks as Keras and tfjs-layers describe them, layer by layer: what is written into their files. What is
 * read from theirs is compared with it (compareLayers.ts).
 */
import { type DescribedLayer, type DescribedTensor, describe } from '../model/describe.js';
import type { LayerDescription, ModelDescription, Network } from '../model/description.js';
import type { KerasLayer } from '../model/layers/layerKind.js';
import { kindOf } from '../model/layers/layerKinds.js';

/** A layer in the words that Keras 2, Keras 3 and tfjs share. */
export interface NetworkLayer extends KerasLayer {
  readonly config: Readonly<Record<string, unknown>> & { readonly name: string };
}

/** A layer of a model of ours. */
export interface ModelLayer extends NetworkLayer {
  /** In Keras's order. */
  readonly tensors: readonly DescribedTensor[];
  /** Of one input. */
  readonly inputShape: readonly number[];
}

/**
 * A network's layers. Those with tensors have the names of the store. D ends in the sigmoid that training has in its
 * loss: it gives D(x).
 */
export function networkLayers(model: ModelDescription, network: Network): ModelLayer[] {
  const described = describe(model)[network];
  const layers: Unnamed[] = described.map(({ layer, tensors, inputShape }) => ({
    ...kindOf(layer).toKeras(layer),
    stem: stemOf(layer),
    tensors,
    inputShape,
  }));
  if (network === 'discriminator') addSigmoid(layers, described.at(-1)!);
  const names = nameLayers(layers.map(({ stem }) => stem));
  return layers.map(({ class_name, config, tensors, inputShape }, place) => ({
    class_name,
    config: { name: names[place]!, trainable: true, ...config },
    tensors,
    inputShape,
  }));
}

/** The shape of one input. */
export const inputShapeOf = (layers: readonly ModelLayer[]): readonly number[] => layers[0]!.inputShape;

/** A name is kept; a stem is to become one. */
type Stem = { readonly name: string } | { readonly stem: string };

type Unnamed = KerasLayer & Pick<ModelLayer, 'tensors' | 'inputShape'> & { stem: Stem };

const stemOf = (layer: LayerDescription): Stem =>
  'name' in layer ? { name: layer.name } : { stem: kindOf(layer).kerasStem?.(layer) ?? layer.kind };

/** As the last layer's activation, or as a layer of its own where that has another one, or none. */
function addSigmoid(layers: Unnamed[], { outputShape }: DescribedLayer): void {
  const sigmoid = { activation: 'sigmoid' };
  const last = layers.pop()!;
  if ('name' in last.stem && last.config.activation === 'linear')
    layers.push({ ...last, config: { ...last.config, ...sigmoid } });
  else
    layers.push(last, {
      class_name: 'Activation',
      config: sigmoid,
      stem: { stem: 'sigmoid' },
      tensors: [],
      inputShape: outputShape,
    });
}

/** A number follows a stem that there are several of, and one that is a layer's name. */
function nameLayers(stems: readonly Stem[]): string[] {
  const taken = new Set(stems.flatMap(each => ('name' in each ? [each.name] : [])));
  return stems.map(each => {
    if ('name' in each) return each.name;
    const { stem } = each;
    const isAlone = stems.filter(other => 'stem' in other && other.stem === stem).length === 1;
    let name = isAlone ? stem : `${stem}_1`;
    for (let number = isAlone ? 1 : 2; taken.has(name); number++) name = `${stem}_${number}`;
    taken.add(name);
    return name;
  });
}

export interface LayerTensors {
  readonly layer: NetworkLayer;
  readonly tensors: readonly DescribedTensor[];
}

/**
 * The layers of a file that have tensors, and which ones: those of ours that they are the same as.
 *
 * @param layers - the same operations as `ours` (compareLayers.ts)
 */
export function withTensors(layers: readonly NetworkLayer[], ours: readonly ModelLayer[]): LayerTensors[] {
  const own = ours.filter(({ tensors }) => tensors.length > 0);
  const classes = new Set(own.map(({ class_name }) => class_name));
  const theirs = layers.filter(({ class_name }) => classes.has(class_name));
  return theirs.map((layer, place) => ({ layer, tensors: own[place]!.tensors }));
}
