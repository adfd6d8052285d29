/** Where Keras keeps what in `model.weights.h5`. */
import type { Network } from '../model/description.js';
import type { Plan } from '../model/plan.js';
import { type ModelLayer, type NetworkLayer, withTensors } from './networkLayers.js';

/** What the optimizer numbers before its velocities: iterations and learning rate. */
export const optimizerScalars = 2;

type Place = [path: string, name: string];

/**
 * Where in the weights' file each tensor of the store is: a layer is known by its class, and its
 * place among those of it.
 */
export function placesOf(layers: readonly NetworkLayer[], ours: readonly ModelLayer[]): Place[] {
  const used = new Map<string, number>();
  return withTensors(layers, ours).flatMap(({ layer, tensors }) => {
    const count = used.get(layer.class_name) ?? 0;
    used.set(layer.class_name, count + 1);
    const folder = `${snakeCase(layer.class_name)}${count === 0 ? '' : `_${count}`}`;
    return tensors.map(({ fullName }, i): Place => [`layers/${folder}/vars/${i}`, fullName]);
  });
}

/** `to_snake_case` of keras/src/utils/naming.py. */
const snakeCase = (name: string): string =>
  name
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** Where its velocities are, in the order in which the optimizer was built: that of the layers. */
export function velocityPlaces({ state }: Plan, network: Network): Place[] {
  const velocities = state.filter(tensor => tensor.network === network && tensor.role === 'momentum');
  return velocities.map(({ name }, i) => [`optimizer/vars/${i + optimizerScalars}`, name]);
}
