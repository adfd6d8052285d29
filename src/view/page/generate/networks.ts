/** The two networks as model/networks.ts has them, in inference mode. */
import {
  add,
  batchNorm,
  conv2d,
  matMul,
  maxPool,
  reshape,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tanh,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { resizeNearestNeighbor } from '@tensorflow/tfjs-core/dist/ops/image/resize_nearest_neighbor.js';
import { discriminator, generator, type LayerKind, type LayerSpec } from '../../../model/networks.js';
import { latentSize } from '../../../model/tensors.js';
import { toPixels } from '../../../pictures/pixels.js';

export type NetworkName = 'generator' | 'discriminator';

/** Values of a network's tensors by name, such as `generator/dense_1/kernel`. */
export type Weights = Readonly<Record<string, { shape: number[]; data: Float32Array }>>;

export interface Drawn {
  /** `[count, 28, 28]` grey values. */
  readonly pixels: Uint8Array;
  /** D's logit of each image. */
  readonly logits?: Float32Array;
}

const layers = { generator, discriminator };
const epsilon = 1e-3;

export class Networks {
  readonly #tensors: Record<NetworkName, Map<string, Tensor>> = { generator: new Map(), discriminator: new Map() };

  load(network: NetworkName, weights: Weights): void {
    for (const old of this.#tensors[network].values()) old.dispose();
    const made = Object.entries(weights).map(([name, { shape, data }]) => [name, tensor(data, shape)] as const);
    this.#tensors[network] = new Map(made);
  }

  /**
   * @param noise - `[count, 100]`
   * @throws Error when the weights give numbers that are not finite
   */
  draw(noise: Float32Array, isScored: boolean): Drawn {
    const [images, logits] = tidy(() => {
      const made = this.#run('generator', tensor(noise, [noise.length / latentSize, latentSize]));
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

  #run(network: NetworkName, input: Tensor): Tensor {
    return layers[network].reduce((h, layer) => {
      const part = (name: string) => this.#tensors[network].get(`${layer.tensors}/${name}`)!;
      const sum = kinds[layer.kind](reshape(h, [h.shape[0]!, ...layer.inputShape]), part, layer);
      return layer.activation === 'tanh' ? tanh(sum) : sum;
    }, input);
  }
}

type Part = (name: string) => Tensor;

/** Each before its activation. That a tanh rises lets pooling go before it. */
const kinds: Readonly<Record<LayerKind, (h: Tensor, part: Part, layer: LayerSpec) => Tensor>> = {
  dense,
  denseRows: (h, part) => matMul(h as Tensor2D, part('kernel') as Tensor2D),
  biased: (h, part) => add(h, part('bias')),
  denseHead: dense,
  batchNorm: (h, part) =>
    batchNorm(
      h,
      part('moving_mean') as never,
      part('moving_variance') as never,
      part('beta') as never,
      part('gamma') as never,
      epsilon,
    ),
  upsampleConv: (h, part, { outputShape: [height, width] }) =>
    conv(resizeNearestNeighbor(h as Tensor4D, [height!, width!]), part, 'same'),
  imageConvPool: (h, part) => pool(conv(h, part, 'same')),
  convPool: (h, part) => pool(conv(h, part, 'valid')),
};

/** `[rows, in]` → `[rows, out]` */
function dense(h: Tensor, part: Part): Tensor {
  return add(matMul(h as Tensor2D, part('kernel') as Tensor2D), part('bias'));
}

const conv = (h: Tensor, part: Part, padding: 'same' | 'valid'): Tensor =>
  add(conv2d(h as Tensor4D, part('kernel') as Tensor4D, 1, padding), part('bias'));

const pool = (h: Tensor): Tensor => maxPool(h as Tensor4D, 2, 2, 'valid');
