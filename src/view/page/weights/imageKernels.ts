/** The convolutions that touch the picture itself. */
import type { DescribedLayer } from '../../../model/describe.js';
import type { Network } from '../../../model/description.js';
import type { OpenRun } from '../panel.js';

export interface ImageKernel {
  readonly network: Network;
  /** Of the tensor. */
  readonly name: string;
  readonly title: string;
  /** Of `[height, width, in, out]`: which axis has the filters. The other one has the image's channels. */
  readonly filtersAxis: 2 | 3;
}

/** D's first convolution and G's last, of those that take or give the channels of an image. */
export function findImageKernels({ model, layers }: Pick<OpenRun, 'model' | 'layers'>): ImageKernel[] {
  const { channels } = model.image;
  const isConvolution = ({ layer }: DescribedLayer) => layer.kind === 'conv2d';
  const first = layers.discriminator.find(isConvolution);
  const last = layers.generator.findLast(isConvolution);
  const kernels: ImageKernel[] = [];
  if (first && first.inputShape[2] === channels)
    kernels.push({ ...kernelOf(first), title: 'D’s first convolution, what it looks for', filtersAxis: 3 });
  if (last && last.outputShape[2] === channels)
    kernels.push({ ...kernelOf(last), title: 'G’s last convolution, what it paints with', filtersAxis: 2 });
  return kernels;
}

const kernelOf = ({ network, tensors }: DescribedLayer): Pick<ImageKernel, 'network' | 'name'> => ({
  network,
  name: tensors.find(({ name }) => name === 'kernel')!.fullName,
});
