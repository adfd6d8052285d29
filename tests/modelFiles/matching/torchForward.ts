/**
 * What PyTorch computes with a state dict of the small GAN, written by hand after its documentation: images are
 * [channel, height, width], `Linear` is y = x Wᵀ + b, `view` and `flatten` keep the order of numbers.
 */

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

type StateDict = ReadonlyMap<string, Tensor>;
type Image = { readonly channels: number; readonly side: number; readonly data: number[] };

/** Linear, Tanh, Linear, BatchNorm1d, Tanh, view(3, 2, 2), Upsample(2), Conv2d(3, 1, 5, padding=2), Tanh. */
export function generate(state: StateDict, noise: readonly number[]): number[] {
  const hidden = linear(state, 'net.0', noise).map(Math.tanh);
  const features = batchNorm(state, 'net.3', linear(state, 'net.2', hidden)).map(Math.tanh);
  const image = convolve(state, 'net.7', upsample({ channels: 3, side: 2, data: features }));
  return image.data.map(Math.tanh);
}

/** Conv2d(1, 5, 5, padding=2), Tanh, MaxPool2d(2), Flatten, Linear, Tanh, Linear, Sigmoid. */
export function judge(state: StateDict, pixels: readonly number[]): number {
  const filtered = convolve(state, 'features.0', { channels: 1, side: 4, data: [...pixels] });
  const pooled = maxPool({ ...filtered, data: filtered.data.map(Math.tanh) });
  const [logit] = linear(state, 'classifier.2', linear(state, 'classifier.0', pooled.data).map(Math.tanh));
  return 1 / (1 + Math.exp(-logit!));
}

/** Weights are [out, in]. */
function linear(state: StateDict, layer: string, x: readonly number[]): number[] {
  const [weight, bias] = [state.get(`${layer}.weight`)!, state.get(`${layer}.bias`)!];
  return Array.from(bias.data, (b, to) =>
    x.reduce((sum, value, from) => sum + value * weight.data[to * x.length + from]!, b),
  );
}

/** With this model's epsilon. */
function batchNorm(state: StateDict, layer: string, x: readonly number[]): number[] {
  const [weight, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
    name => state.get(`${layer}.${name}`)!.data,
  );
  return x.map((value, i) => ((value - mean![i]!) / Math.sqrt(variance![i]! + 1e-3)) * weight![i]! + bias![i]!);
}

/** Weights are [out, in, 5, 5]; stride 1, padding 2. */
function convolve(state: StateDict, layer: string, { channels, side, data }: Image): Image {
  const [weight, bias] = [state.get(`${layer}.weight`)!, state.get(`${layer}.bias`)!];
  const made: number[] = [];
  for (let to = 0; to < bias.data.length; to++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        let sum = bias.data[to]!;
        for (let from = 0; from < channels; from++)
          for (let ky = 0; ky < 5; ky++)
            for (let kx = 0; kx < 5; kx++) {
              const [row, column] = [y + ky - 2, x + kx - 2];
              if (row < 0 || row >= side || column < 0 || column >= side) continue;
              sum +=
                data[(from * side + row) * side + column]! * weight.data[((to * channels + from) * 5 + ky) * 5 + kx]!;
            }
        made.push(sum);
      }
  return { channels: bias.data.length, side, data: made };
}

function upsample({ channels, side, data }: Image): Image {
  const made = Array.from({ length: channels * 4 * side * side }, (_, i) => {
    const [x, y, channel] = [
      i % (2 * side),
      Math.floor(i / (2 * side)) % (2 * side),
      Math.floor(i / (4 * side * side)),
    ];
    return data[(channel * side + (y >> 1)) * side + (x >> 1)]!;
  });
  return { channels, side: 2 * side, data: made };
}

function maxPool({ channels, side, data }: Image): Image {
  const half = side / 2;
  const made = Array.from({ length: channels * half * half }, (_, i) => {
    const [x, y, channel] = [i % half, Math.floor(i / half) % half, Math.floor(i / (half * half))];
    const at = (dy: number, dx: number) => data[(channel * side + 2 * y + dy) * side + 2 * x + dx]!;
    return Math.max(at(0, 0), at(0, 1), at(1, 0), at(1, 1));
  });
  return { channels, side: half, data: made };
}
