/**
 * The DCGAN's tensors: names (those of the store), shapes and the order that fixes their place in the random streams.
 * Kernels are `[height, width, in, out]`, dense kernels `[in, out]`. The layers that use them are in networks.ts.
 */

export const latentSize = 100;
export const imageSize = 28;
export const pixelsPerImage = imageSize * imageSize;
/** Of what the networks take and make. */
export const imageShape = { height: imageSize, width: imageSize, channels: 1 } as const;

/** Images of the fixed sample grid, and of each run of the generator outside training. */
export const imagesPerGeneration = 64;

export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Gradients update it, so it has a velocity. Moving statistics do not. */
  readonly trainable: boolean;
}

const tensor = (name: string, ...shape: number[]): TensorSpec => ({
  name,
  shape,
  trainable: !name.includes('/moving_'),
});

/** All parameters and moving statistics; a tensor's index here is its Philox index (stream 16). */
export const modelTensors: readonly TensorSpec[] = [
  tensor('generator/dense_1/kernel', latentSize, 1024),
  tensor('generator/dense_1/bias', 1024),
  tensor('generator/dense_2/kernel', 1024, 6272),
  tensor('generator/dense_2/bias', 6272),
  tensor('generator/batch_norm/gamma', 6272),
  tensor('generator/batch_norm/beta', 6272),
  tensor('generator/batch_norm/moving_mean', 6272),
  tensor('generator/batch_norm/moving_variance', 6272),
  tensor('generator/conv_1/kernel', 5, 5, 128, 64),
  tensor('generator/conv_1/bias', 64),
  tensor('generator/conv_2/kernel', 5, 5, 64, 1),
  tensor('generator/conv_2/bias', 1),
  tensor('discriminator/conv_1/kernel', 5, 5, 1, 64),
  tensor('discriminator/conv_1/bias', 64),
  tensor('discriminator/conv_2/kernel', 5, 5, 64, 128),
  tensor('discriminator/conv_2/bias', 128),
  tensor('discriminator/dense_1/kernel', 3200, 1024),
  tensor('discriminator/dense_1/bias', 1024),
  tensor('discriminator/dense_2/kernel', 1024, 1),
  tensor('discriminator/dense_2/bias', 1),
];

/** What a checkpoint holds: the model's tensors, then `velocity/NAME` of each trainable one. */
export const stateTensors: readonly TensorSpec[] = [
  ...modelTensors,
  ...modelTensors.filter(t => t.trainable).map(t => ({ name: `velocity/${t.name}`, shape: t.shape, trainable: false })),
];

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
