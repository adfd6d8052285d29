/** What the arithmetic of a kind of layer is. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '../../../../model/shape.js';

/** A tensor of the layer, by its name in it, such as `kernel`; undefined where it has none of that name. */
export type Part = (name: string) => Tensor | undefined;

/**
 * @param h - `[rows, ...inputShape]`
 * @param outputShape - of one row
 */
export type RunLayer<Layer> = (h: Tensor, layer: Layer, part: Part, outputShape: Shape) => Tensor;
