/**
 * Every kind of layer. A new one is a file beside this one, a line here, its arithmetic in
 * `workers/layers` and in the page (`view/page/generate/layers`), and its settings in Keras's words
 * in `modelFiles/compareLayers.ts`.
 */
import type { LayerDescription } from '../description.js';
import { batchNormalizationKind } from './batchNormalization.js';
import { conv2dKind } from './conv2d.js';
import { denseKind } from './dense.js';
import type { LayerKind } from './layerKind.js';
import { activationKind, flattenKind, maxPooling2dKind, reshapeKind, upSampling2dKind } from './withoutTensors.js';

export const layerKinds: {
  readonly [Kind in LayerDescription['kind']]: LayerKind<Extract<LayerDescription, { kind: Kind }>>;
} = {
  dense: denseKind,
  conv2d: conv2dKind,
  upSampling2d: upSampling2dKind,
  maxPooling2d: maxPooling2dKind,
  batchNormalization: batchNormalizationKind,
  activation: activationKind,
  flatten: flattenKind,
  reshape: reshapeKind,
};

/** The kind of a layer, as one that takes any layer: whoever has the layer has its kind. */
export const kindOf = (layer: LayerDescription): LayerKind<LayerDescription> =>
  layerKinds[layer.kind] as unknown as LayerKind<LayerDescription>;
