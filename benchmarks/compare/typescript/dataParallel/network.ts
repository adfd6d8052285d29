/** A network over one worker's images with all of its parameters whole: gan-dist's layers, in one slice that has everything. */

import type { LayerSpec } from '../../../../src/model/networks.js';
import { modelTensors } from '../../../../src/model/tensors.js';
import type { Kept, SliceContext } from '../../../../src/workers/layers/operation.js';
import { layerKinds } from '../../../../src/workers/layers/operations.js';
import { copyTo, reshape } from '../../../../src/workers/tensorflow/ops.js';
import { fromArray, type Tensor } from '../../../../src/workers/tensorflow/tensors.js';
import { placeOf } from './memory.js';

export interface NetworkOptions {
  readonly state: Float32Array;
  readonly training?: boolean;
  /** Where the gradients of all parameters go, if they are wanted. */
  readonly gradients?: Float32Array;
  /** Whether this worker keeps the moving statistics. */
  readonly keepsStatistics?: boolean;
}

/** Use it inside a `tidy`, which frees what it keeps for its way back. */
export class Network {
  private readonly kept = new Map<LayerSpec, Kept>();
  private readonly derived = new Map<string, Tensor>();

  constructor(
    private readonly layers: readonly LayerSpec[],
    private readonly options: NetworkOptions,
  ) {}

  forward(input: Tensor): Tensor {
    return this.layers.reduce((x, layer) => {
      const { output, kept } = layerKinds[layer.kind].forward(layer, flat(x, layer), this.context(layer));
      this.kept.set(layer, kept);
      return output;
    }, input);
  }

  backward(gradient: Tensor, needsInputGradient = false): Tensor {
    let dy: Tensor | undefined = gradient;
    for (const layer of [...this.layers].reverse()) {
      const context = {
        ...this.context(layer),
        needsInputGradient: needsInputGradient || layer !== this.layers[0],
        isUpdated: this.options.gradients !== undefined,
        gradient: (name: string, make: () => Tensor) => {
          const { start, end } = placeOf(`${layer.name}/${name}`);
          if (this.options.gradients) copyTo(this.options.gradients.subarray(start, end), make());
        },
      };
      // As for the input: a dense layer gives rows where a convolution needs images.
      dy = layerKinds[layer.kind].backward(layer, dy!, this.kept.get(layer)!, context);
    }
    return dy ?? gradient;
  }

  private context(layer: LayerSpec): SliceContext {
    const { state, training = false, keepsStatistics = false } = this.options;
    const whole = (name: string) => {
      const { start, end } = placeOf(`${layer.name}/${name}`);
      const { shape } = modelTensors.find(t => t.name === `${layer.name}/${name}`)!;
      return fromArray(state.subarray(start, end), shape);
    };
    return {
      ...{ slice: 0, training, whole, part: whole },
      shared: (name, make) => {
        const key = `${layer.name} ${name}`;
        const found = this.derived.get(key) ?? make();
        this.derived.set(key, found);
        return found;
      },
      replacePart: (name, value) => {
        const { start, end } = placeOf(`${layer.name}/${name}`);
        if (keepsStatistics) copyTo(state.subarray(start, end), value);
      },
    };
  }
}

/** Rows of features for a layer that is split by them in gan-dist. */
function flat(x: Tensor, layer: LayerSpec): Tensor {
  return layer.takes === 'images' ? x : reshape(x, [x.shape[0]!, -1]);
}
