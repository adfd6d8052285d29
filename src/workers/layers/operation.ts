/** What a kind of layer computes for one slice, forward and backward. Each is checked against tfjs's own autodiff. */
import type { LayerSpec } from '../../model/networks.js';
import type { Tensor } from '../tensorflow/tensors.js';

/** What a slice keeps of its way forward for its way back. */
export type Kept = Tensor[];

/** What a layer may ask for while it works on one slice. Tensor names are relative to the layer: `kernel`, `bias`. */
export interface SliceContext {
  readonly slice: number;
  /** Batch statistics and an update of the moving ones, or the moving statistics as they are. */
  readonly training: boolean;
  /** The whole tensor, for layers that are split by image. */
  whole(name: string): Tensor;
  /** The slice's part of a tensor, for layers that are split by feature. */
  part(name: string): Tensor;
  /** Something derived from whole parameters, computed once a pass for all slices of the rank. */
  shared(name: string, make: () => Tensor): Tensor;
  /** Replaces the slice's part of a tensor that no gradient updates. */
  replacePart(name: string, value: Tensor): void;
}

export interface BackwardContext extends SliceContext {
  /** False where nothing below the layer needs a gradient. */
  readonly needsInputGradient: boolean;
  /** Whether the network is: else nobody wants gradients of parameters. */
  readonly isUpdated: boolean;
  /** Hands over the gradient of a parameter; `make` is not called when the network is not being updated. */
  gradient(name: string, make: () => Tensor): void;
}

export interface LayerImplementation {
  /** x → output, in the forms that `layer` declares. */
  forward(layer: LayerSpec, x: Tensor, context: SliceContext): { output: Tensor; kept: Kept };
  /**
   * Gradient of the output → gradient of the input, if that is needed. Both may be gone with the next `openPlace` (place.ts), but not
   * what the first layer of a segment gives (pass.ts): that is read when all slices are through.
   */
  backward(layer: LayerSpec, dy: Tensor, kept: Kept, context: BackwardContext): Tensor | undefined;
}
