/**
 * The two ways in which programs lay out the tensors of a layer. TensorFlow, Keras and JAX have channels last, as the
 * store does. PyTorch has them first: dense kernels are [out, in], those of convolutions [out, in, height, width], and
 * features that come from an image or become one are in the order channel, height, width.
 */
import { type DescribedLayer, type DescribedTensor, describe } from '../../model/describe.js';
import type { ModelDescription, Network } from '../../model/description.js';
import { type Shape, sizeOf } from '../../model/shape.js';
import type { FoundTensor } from '../foundTensors.js';
import { permuteAxes } from '../permuteAxes.js';
import type { NamedTensor } from './tensorNames.js';

/** A tensor of the model, as a file with this layout has it. */
export interface LaidOut {
  readonly tensor: DescribedTensor;
  /** Among those of its layer. */
  readonly place: number;
  /** Its shape in the file. */
  readonly shape: Shape;
  /** The axes there, one for each that is moved, and which of them each axis here is. */
  readonly view: Shape;
  readonly axes: readonly number[];
  /** Whether its features are in another order than here. */
  readonly isReordered: boolean;
}

/** A tensor of the model, and the file's that is it. */
export interface Pair {
  readonly ours: LaidOut;
  readonly theirs: NamedTensor;
}

export type Layout = 'channels last' | 'channels first';

/** Undefined where the order of features in the file cannot be known. */
export function layOut(model: ModelDescription, networks: readonly Network[], layout: Layout): LaidOut[] | undefined {
  const described = describe(model);
  const laidOut: LaidOut[] = [];
  for (const network of networks) {
    const orders = findOrders(described[network], Object.values(model.image));
    if (layout === 'channels first' && !orders) return undefined;
    for (const layer of described[network]) {
      const lay = (tensor: DescribedTensor) =>
        layout === 'channels last' ? asItIs(tensor) : turned(tensor, orders!.get(layer) ?? {});
      laidOut.push(...layer.tensors.map((tensor, place) => ({ ...lay(tensor), place })));
    }
  }
  return laidOut;
}

/** A found tensor as the model has it. */
export function takeFrom({ tensor, view, axes }: LaidOut, found: FoundTensor): FoundTensor {
  return { ...permuteAxes({ ...found, shape: view }, axes), shape: tensor.shape };
}

type Laid = Omit<LaidOut, 'place'>;

function asItIs(tensor: DescribedTensor): Laid {
  return { tensor, shape: tensor.shape, view: tensor.shape, axes: [...tensor.shape.keys()], isReordered: false };
}

/** The images whose numbers a layer's features are, where they are some: [height, width, channels]. */
interface Orders {
  readonly input?: Shape;
  readonly output?: Shape;
}

function turned(tensor: DescribedTensor, { input, output }: Orders): Laid {
  const { shape } = tensor;
  if (shape.length === 4) {
    const [height, width, from, to] = shape as [number, number, number, number];
    const turnedShape = [to, from, height, width];
    return { tensor, shape: turnedShape, view: turnedShape, axes: [2, 3, 1, 0], isReordered: false };
  }
  const parts = shape.length === 2 ? [part(shape[1]!, output), part(shape[0]!, input)] : [part(shape[0]!, output)];
  const view = parts.flatMap(each => each.view);
  // What is first in the file is last here.
  let start = 0;
  const axes = parts.map(each => {
    const own = each.axes.map(axis => start + axis);
    start += each.view.length;
    return own;
  });
  return {
    tensor,
    shape: shape.toReversed(),
    view,
    axes: axes.reverse().flat(),
    isReordered: view.length > shape.length,
  };
}

/** One axis of a tensor: as it is, or as the three of the image that it is. */
const part = (length: number, image: Shape | undefined) =>
  image ? { view: [image[2]!, image[0]!, image[1]!], axes: [1, 2, 0] } : { view: [length], axes: [0] };

/**
 * Which layers have one feature for each number of an image, and of which. Undefined where that order goes through a
 * layer that is none of these, as where the noise itself is reshaped.
 */
function findOrders(layers: readonly DescribedLayer[], image: Shape): Map<DescribedLayer, Orders> | undefined {
  const orders = new Map<DescribedLayer, Orders>();
  const mark = (near: readonly DescribedLayer[], order: Shape, side: 'input' | 'output'): boolean => {
    if (!hasOrder(order)) return true;
    const end = near.findIndex(({ layer }) => layer.kind !== 'activation' && layer.kind !== 'batchNormalization');
    for (const layer of near.slice(0, end + 1)) {
      // What has a number for each feature has them in the order of its output.
      const at = layer.layer.kind === 'dense' ? side : 'output';
      orders.set(layer, { ...orders.get(layer), [at]: order });
    }
    return near[end]?.layer.kind === 'dense';
  };
  for (const [place, { layer, inputShape, outputShape }] of layers.entries()) {
    if (layer.kind !== 'flatten' && layer.kind !== 'reshape') continue;
    const [before, after] = [layers.slice(0, place).reverse(), layers.slice(place + 1)];
    const isKnown =
      (outputShape.length > 1 && (inputShape.length > 1 || mark(before, outputShape, 'output'))) ||
      (outputShape.length === 1 && (inputShape.length === 1 || mark(after, inputShape, 'input')));
    if (!isKnown || (outputShape.length > 1 && inputShape.length > 1 && hasOrder(inputShape))) return undefined;
  }
  // A generator may end in features: they are the image's numbers.
  const [network, last] = [layers[0]!.network, layers.at(-1)!];
  const endsInFeatures = network === 'generator' && last.outputShape.length === 1;
  return endsInFeatures && !mark(layers.toReversed(), image, 'output') ? undefined : orders;
}

/** Of one channel or one pixel there is only one order. */
const hasOrder = (image: Shape): boolean => image.length === 3 && image[2]! > 1 && sizeOf(image) > image[2]!;
