/** What a tensor's name from elsewhere says: which tensors are of one layer, and which of the layer's it is. */

import type { FoundTensor } from '../foundTensors.js';

export interface SplitName {
  /** What the names of one layer's tensors begin with; undefined where nothing tells, as of `arr_0`. */
  readonly layer?: string;
  /** Words of this model that its last word may stand for; undefined where that says nothing. */
  readonly words?: readonly string[];
  /** Its place among the tensors of its layer, in Keras's order. */
  readonly place?: number;
}

export interface NamedTensor extends SplitName {
  /** In the file. */
  readonly name: string;
  readonly tensor: FoundTensor;
}

/** By the last word of a name, as Keras, Flax, Haiku, TensorFlow, PyTorch and Lasagne have it. */
const meanings: Readonly<Record<string, readonly string[]>> = {
  kernel: ['kernel'],
  weight: ['kernel', 'gamma'],
  weights: ['kernel', 'gamma'],
  w: ['kernel', 'gamma'],
  bias: ['bias', 'beta'],
  biases: ['bias', 'beta'],
  b: ['bias', 'beta'],
  gamma: ['gamma'],
  scale: ['gamma'],
  beta: ['beta'],
  offset: ['beta'],
  moving_mean: ['moving_mean'],
  running_mean: ['moving_mean'],
  mean: ['moving_mean'],
  moving_variance: ['moving_variance'],
  moving_var: ['moving_variance'],
  running_var: ['moving_variance'],
  variance: ['moving_variance'],
  var: ['moving_variance'],
};

const words = Object.keys(meanings)
  .sort((a, b) => b.length - a.length)
  .join('|');
/** Flax keeps a layer's statistics apart from its parameters. */
const collection = /^(params|batch_stats)[/.]/;

/** `net.0.weight`, `fc1_b`, `weight`; and with the layer's number at the end, `W1`, `biases.2`. */
const lastWord = new RegExp(`^(?:(.*?)[./|:_-])?(${words})(?:[._/-]?(\\d+))?$`, 'is');

/** @param name - such as `net.0.weight`, `generator/dense_1/kernel:0` */
export function splitName(name: string): SplitName {
  const [, before = '', word, number] = lastWord.exec(name.replace(collection, '').replace(/:\d+$/, '')) ?? [];
  if (word !== undefined) {
    const layer = number === undefined ? before : `${before}#${number}`;
    return { layer, words: meanings[word.toLowerCase()] };
  }
  const [, folder, place] = /^(.*)\/vars\/(\d+)$/.exec(name) ?? [];
  if (folder !== undefined) return { layer: folder, place: Number(place) };
  const end = Math.max(name.lastIndexOf('/'), name.lastIndexOf('.'));
  return end === -1 ? {} : { layer: name.slice(0, end) };
}

/** How many batches PyTorch's batch norm has seen: nothing here has a use for it. */
export const isLeftOut = (name: string): boolean => /(^|[./])num_batches_tracked$/.test(name);
