/**
 * What a kind of layer is: the rules by which its shapes, tensors and words in other programs
 * follow from its options.
 */
import type { Initial } from '../initial.js';
import type { Shape } from '../shape.js';

/** A tensor of a layer: what its name in the layer is, and how it begins. */
export interface LayerTensor {
  /** Keras's word, such as `kernel`. */
  readonly name: string;
  readonly shape: Shape;
  /** Names of the axes, for the store: one size a name within a layer, as xarray wants. */
  readonly dimensions: readonly string[];
  /** Gradients update a parameter; a statistic is replaced. */
  readonly role: 'parameter' | 'statistic';
  readonly initial: Initial;
  /** The least that a number of it can be, if not every number can: a variance is not negative. */
  readonly minimum?: number;
}

/** A layer in the words that Keras 2, Keras 3 and tfjs share, but for its name. */
export interface KerasLayer {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Checks an option of a stored layer; the message says what it expects. */
export interface OptionRule {
  readonly expects: string;
  accepts(value: unknown): boolean;
}

export interface LayerKind<Layer> {
  /** Whether it has tensors, and so a name that theirs begin with. */
  readonly isNamed: boolean;
  /** Every option with what it may be; `kind` and `name` are not among them. */
  readonly options: { readonly [Option in Exclude<keyof Layer, 'kind' | 'name'>]: OptionRule };
  /** @throws RangeError saying what the layer expects of its input */
  outputShape(layer: Layer, input: Shape): Shape;
  /** In Keras's order. */
  tensors(layer: Layer, input: Shape): readonly LayerTensor[];
  toKeras(layer: Layer): KerasLayer;
  /** What Keras calls a layer that has no name, if not by its kind; a number follows where there are several. */
  readonly kerasStem?: (layer: Layer) => string;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

export const count: OptionRule = { expects: 'a whole number from 1 on', accepts: isCount };
export const flag: OptionRule = { expects: 'true or false', accepts: value => typeof value === 'boolean' };
export const fraction: OptionRule = {
  expects: 'a number between 0 and 1',
  accepts: value => typeof value === 'number' && value >= 0 && value <= 1,
};
export const pair: OptionRule = {
  expects: 'two whole numbers from 1 on',
  accepts: value => Array.isArray(value) && value.length === 2 && value.every(isCount),
};
export const shape: OptionRule = {
  expects: 'a list of whole numbers from 1 on',
  accepts: value => Array.isArray(value) && value.length > 0 && value.length <= 3 && value.every(isCount),
};
export const oneOf = (words: readonly string[]): OptionRule => ({
  expects: words.join(' or '),
  accepts: value => words.includes(value as string),
});

/** A vector's length. @throws RangeError */
export function lengthOf(input: Shape): number {
  if (input.length === 1) return input[0]!;
  throw new RangeError(`takes a vector, and the layer before gives [${input.join(', ')}]: put a flatten before it`);
}

/** An image's height, width and channels. @throws RangeError */
export function imageOf(input: Shape): readonly [number, number, number] {
  if (input.length === 3) return input as readonly [number, number, number];
  throw new RangeError(
    `takes [height, width, channels], and the layer before gives [${input.join(', ')}]: put a reshape before it`,
  );
}
