/** Where Keras keeps what in `model.weights.h5`. */
import { stateTensors } from '../model/tensors.js';
import { layersWithTensors, type Network, type NetworkLayer, networkLayers } from './networkLayers.js';

/** What the optimizer numbers before its velocities: iterations and learning rate. */
export const optimizerScalars = 2;

type Place = [path: string, name: string];

/** Where in the weights' file each tensor of the store is: a layer is known by its class, and its place among those of it. */
export function placesOf(network: Network, layers: readonly NetworkLayer[]): Place[] {
  const ours = layersWithTensors(networkLayers[network]);
  const used = new Map<string, number>();
  return layersWithTensors(layers).flatMap(({ layer, tensors }, place) => {
    const count = used.get(layer.class_name) ?? 0;
    used.set(layer.class_name, count + 1);
    const folder = `${snakeCase(layer.class_name)}${count === 0 ? '' : `_${count}`}`;
    const name = ours[place]!.layer.config.name;
    return tensors.map((tensor, i) => [`layers/${folder}/vars/${i}`, `${network}/${name}/${tensor}`] as Place);
  });
}

/** `to_snake_case` of keras/src/utils/naming.py. */
const snakeCase = (name: string): string =>
  name
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** Where its velocities are, in the order in which the optimizer was built: that of the layers. */
export function velocityPlaces(network: Network): Place[] {
  const names = stateTensors.map(({ name }) => name).filter(name => name.startsWith(`velocity/${network}/`));
  return names.map((name, i) => [`optimizer/vars/${i + optimizerScalars}`, name]);
}
