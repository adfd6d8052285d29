/**
 * The two networks, layer by layer, and how each layer's work is split over the slices. Plain data: the coordinator
 * plans the shared memory from it, the workers run it (workers/layers). Tensors and their shapes are in model.ts.
 *
 * A layer says in which form it takes its input and gives its output:
 *
 *   whole     every slice needs all of it
 *   images    slice s has the rows of its images
 *   features  slice s has its columns, of all images
 *   partial   slice s has a summand of the whole; the sum over slices is the value
 *
 * Where a layer takes another form than the one before it gives, the executor exchanges. Backwards the forms are the
 * duals: what took a `whole` input gives a `partial` gradient, and the other way round. A dense layer that widens takes
 * all and gives its columns; one that narrows takes columns and gives summands: the column- and row-parallel layers of
 * Megatron-LM (Shoeybi et al. 2019, arXiv:1909.08053).
 */
import { imageSize, latentSize, sizeOf } from './tensors.js';

export type Form = 'whole' | 'images' | 'features' | 'partial';
export type LayerKind = keyof typeof forms;

const forms = {
  dense: { takes: 'whole', gives: 'features' },
  denseRows: { takes: 'features', gives: 'partial' },
  biased: { takes: 'features', gives: 'features' },
  denseHead: { takes: 'features', gives: 'partial' },
  batchNorm: { takes: 'features', gives: 'features' },
  upsampleConv: { takes: 'images', gives: 'images' },
  convPool: { takes: 'images', gives: 'images' },
  imageConvPool: { takes: 'images', gives: 'images' },
} as const satisfies Record<string, { takes: Form; gives: Form }>;

export interface LayerSpec {
  readonly name: string;
  /** The name that its tensors begin with: two layers may share one. */
  readonly tensors: string;
  readonly kind: LayerKind;
  /** Shapes for one image. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly activation: 'tanh' | 'linear';
  readonly takes: Form;
  readonly gives: Form;
}

type Details = Partial<Pick<LayerSpec, 'activation' | 'tensors'>>;

function layer(
  kind: LayerKind,
  name: string,
  inputShape: number[],
  outputShape: number[],
  details: Details = {},
): LayerSpec {
  return { activation: 'tanh', tensors: name, ...details, kind, name, inputShape, outputShape, ...forms[kind] };
}

/** z → image. The sigmoid after the discriminator's last layer is part of the loss (workers/loss.ts). */
export const generator: readonly LayerSpec[] = [
  layer('dense', 'generator/dense_1', [latentSize], [1024]),
  layer('dense', 'generator/dense_2', [1024], [6272], { activation: 'linear' }),
  layer('batchNorm', 'generator/batch_norm', [6272], [6272]),
  layer('upsampleConv', 'generator/conv_1', [7, 7, 128], [14, 14, 64]),
  layer('upsampleConv', 'generator/conv_2', [14, 14, 64], [imageSize, imageSize, 1]),
];

/** image → logit of "this is a real digit". */
export const discriminator: readonly LayerSpec[] = [
  layer('imageConvPool', 'discriminator/conv_1', [imageSize, imageSize, 1], [14, 14, 64]),
  layer('convPool', 'discriminator/conv_2', [14, 14, 64], [5, 5, 128]),
  // It narrows, so it is split by its inputs: what must be summed is its output, and that is shorter.
  layer('denseRows', 'discriminator/dense_1', [3200], [1024], { activation: 'linear' }),
  layer('biased', 'discriminator/dense_1 bias', [1024], [1024], { tensors: 'discriminator/dense_1' }),
  layer('denseHead', 'discriminator/dense_2', [1024], [1], { activation: 'linear' }),
];

/** A place where the form changes: what the layer `name` takes, `width` numbers an image, must be exchanged. */
export interface Exchange {
  readonly name: string;
  readonly width: number;
  /** The form in which the layer before gives it, and the one in which this layer takes it. */
  readonly given: Form;
  readonly taken: Form;
}

/** The exchange before `layer`, or undefined where its input comes in the form that it takes. */
export function exchangeBefore(layer: LayerSpec, given: Form): Exchange | undefined {
  if (given === layer.takes || given === 'whole') return undefined;
  return { name: layer.name, width: sizeOf(layer.inputShape), given, taken: layer.takes };
}

/** The form of the gradient of something in `form`. */
export function dualOf(form: Form): Form {
  if (form === 'whole') return 'partial';
  return form === 'partial' ? 'whole' : form;
}

/** Every exchange of a step, in order: the generator's, the discriminator's, and the sum of the logits. */
export function listExchanges(): Exchange[] {
  const layers = [...generator, ...discriminator];
  const between = layers.map((layer, i) => exchangeBefore(layer, layers[i - 1]?.gives ?? 'whole'));
  return [...between.filter(exchange => exchange !== undefined), logits];
}

export const logits: Exchange = { name: 'logits', width: 1, given: 'partial', taken: 'whole' };
