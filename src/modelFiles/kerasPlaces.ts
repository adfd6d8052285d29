/** Where Keras keeps what in `model.weights.h5`. */
import { type ModelLayer, type NetworkLayer, withTensors } from './networkLayers.js';

type Place = [path: string, name: string];

/** Where in the weights' file each tensor of the store is. */
export function placesOf(layers: readonly NetworkLayer[], ours: readonly ModelLayer[]): Place[] {
  const folders = folderNames(layers);
  return withTensors(layers, ours).flatMap(({ layer, tensors }) =>
    tensors.map(({ fullName }, i): Place => [`layers/${folders.get(layer)}/vars/${i}`, fullName]),
  );
}

/** What `layers` is in Keras 2.13. */
export const olderFolder = '_layer_checkpoint_dependencies';

/**
 * The same there, where numbers have gaps, for each layer was counted twice.
 * @param names - of what is in that folder
 */
export function olderPlacesOf(
  layers: readonly NetworkLayer[],
  ours: readonly ModelLayer[],
  names: readonly string[],
): Place[] {
  const numberOf = (name: string) => Number(/_(\d+)$/.exec(name)?.[1] ?? 0);
  return withTensors(layers, ours).flatMap(({ layer, tensors }) => {
    const ofClass = layers.filter(({ class_name }) => class_name === layer.class_name);
    const own = names.filter(name => name.replace(/_\d+$/, '') === snakeCase(layer.class_name));
    const folder = own.sort((a, b) => numberOf(a) - numberOf(b))[ofClass.indexOf(layer)];
    return tensors.map(({ fullName }, i): Place => [`${olderFolder}/${folder}/vars/${i}`, fullName]);
  });
}

/**
 * The groups that Keras looks into, those of layers without weights too: 3.0 to 3.5 load no file that lacks one.
 */
export const groupsOf = (layers: readonly NetworkLayer[]): string[] => [
  'vars',
  ...Array.from(folderNames(layers).values(), folder => `layers/${folder}/vars`),
];

/** A layer is known by its class, and its place among those of it. */
function folderNames(layers: readonly NetworkLayer[]): Map<NetworkLayer, string> {
  const used = new Map<string, number>();
  const folders = new Map<NetworkLayer, string>();
  for (const layer of layers) {
    const count = used.get(layer.class_name) ?? 0;
    used.set(layer.class_name, count + 1);
    folders.set(layer, `${snakeCase(layer.class_name)}${count === 0 ? '' : `_${count}`}`);
  }
  return folders;
}

/** `to_snake_case` of keras/src/utils/naming.py. */
const snakeCase = (name: string): string =>
  name
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
