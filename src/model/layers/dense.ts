/** A dense layer: every output is a sum over all inputs. */
import { type Activation, activations } from '../activations.js';
import { count, flag, type LayerKind, lengthOf, oneOf } from './layerKind.js';

export interface Dense {
  readonly kind: 'dense';
  readonly name: string;
  readonly units: number;
  readonly useBias: boolean;
  readonly activation: Activation;
}

/** With Keras's defaults. */
export const dense = (
  name: string,
  units: number,
  { activation = 'linear', useBias = true }: Partial<Dense> = {},
): Dense => ({ kind: 'dense', name, units, useBias, activation });

export const denseKind: LayerKind<Dense> = {
  isNamed: true,
  options: { units: count, useBias: flag, activation: oneOf(activations) },
  outputShape: ({ units }, input) => {
    lengthOf(input);
    return [units];
  },
  tensors({ units, useBias }, input) {
    const from = lengthOf(input);
    const glorot = { kind: 'glorotUniform', fanIn: from, fanOut: units } as const;
    return [
      { name: 'kernel', shape: [from, units], dimensions: ['in', 'out'], role: 'parameter', initial: glorot },
      ...(useBias ? [bias(units)] : []),
    ];
  },
  toKeras: ({ units, useBias, activation }) => ({
    class_name: 'Dense',
    config: { units, activation, use_bias: useBias },
  }),
};

export const bias = (length: number) =>
  ({
    name: 'bias',
    shape: [length],
    dimensions: ['out'],
    role: 'parameter',
    initial: { kind: 'constant', value: 0 },
  }) as const;
