/** The two networks of a model, layer by layer, in inference mode. */
import { reshape, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { type DescribedLayer, describe } from '../../../model/describe.js';
import type { ModelDescription, Network } from '../../../model/description.js';
import { toPixels } from '../../../pictures/pixels.js';
import { runLayer } from './layers/runLayer.js';

/** Values of a network's tensors by name, such as `generator/dense_1/kernel`. */
export type Weights = Readonly<Record<string, { shape: number[]; data: Float32Array }>>;

export interface Drawn {
  /** `[count, height, width, channels]` */
  readonly pixels: Uint8Array;
  /** D's logit of each image. */
  readonly logits?: Float32Array;
}

interface Loaded {
  readonly layers: readonly DescribedLayer[];
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export class Networks {
  readonly #loaded: Partial<Record<Network, Loaded>> = {};

  /** Takes the place of the network of that name. */
  load(model: ModelDescription, network: Network, weights: Weights): void {
    for (const old of this.#loaded[network]?.tensors.values() ?? []) old.dispose();
    const made = Object.entries(weights).map(([name, { shape, data }]) => [name, tensor(data, shape)] as const);
    this.#loaded[network] = { layers: describe(model)[network], tensors: new Map(made) };
  }

  /**
   * @param noise - `[count, latentSize]`
   * @throws Error when the weights give numbers that are not finite
   */
  draw(noise: Float32Array, isScored: boolean): Drawn {
    const [images, logits] = tidy(() => {
      const made = this.#run('generator', tensor(noise));
      // Both are copies: the tensors live in the memory of the WebAssembly.
      return [Float32Array.from(made.dataSync()), isScored ? this.#score(made) : undefined];
    });
    const areFinite = (values: Float32Array | undefined) => values?.every(Number.isFinite) ?? true;
    if (!areFinite(images) || !areFinite(logits))
      throw new Error('It gives numbers that are not finite: its training has diverged.');
    return { pixels: toPixels(images), logits };
  }

  #score(images: Tensor): Float32Array {
    return Float32Array.from(this.#run('discriminator', images).dataSync());
  }

  /** @param input - of any shape that has the numbers of so many inputs */
  #run(network: Network, input: Tensor): Tensor {
    const { layers, tensors } = this.#loaded[network]!;
    return layers.reduce(
      (h, described) => {
        const names = new Map(described.tensors.map(({ name, fullName }) => [name, fullName]));
        return runLayer(h, described, name => tensors.get(names.get(name)!));
      },
      reshape(input, [-1, ...layers[0]!.inputShape]),
    );
  }
}
