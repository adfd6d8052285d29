/** The layers of a model's JSON, as Keras 2, Keras 3 and tfjs write it: one after the other, or not this model. */
import { DataError } from '../shared/errors.js';
import { isRecord } from './foundTensors.js';
import type { NetworkLayer } from './networkLayers.js';

const maxLayers = 1000;

/**
 * @param model - `{class_name, config}`, a Sequential or Functional
 * @throws DataError when it is neither, or its layers are no chain
 */
export function readLayers(model: unknown, file: string): NetworkLayer[] {
  const { class_name: kind, config } = isRecord(model) ? model : {};
  if (!['Sequential', 'Functional', 'Model'].includes(kind as string)) {
    throw new DataError(`${file}: expected a Sequential or Functional model, found ${JSON.stringify(kind)}`, file);
  }
  // tfjs wrote a plain list once.
  const list = isRecord(config) ? config.layers : config;
  if (!Array.isArray(list) || list.length > maxLayers || !list.every(isLayer)) {
    throw new DataError(`${file} is damaged: its layers have no class_name and config`, file);
  }
  if (kind !== 'Sequential') assertChain(list, file);
  return list.map(({ class_name, config, name }) => ({
    class_name,
    config: { ...config, name: String(config.name ?? name) },
  }));
}

type Layer = { class_name: string; config: Record<string, unknown>; name?: unknown; inbound_nodes?: unknown };

const isLayer = (layer: unknown): layer is Layer =>
  isRecord(layer) && typeof layer.class_name === 'string' && isRecord(layer.config);

/** Each layer takes what the one before it in the list gives, and nothing else. */
function assertChain(layers: readonly Layer[], file: string): void {
  for (const [place, { inbound_nodes, config }] of layers.entries()) {
    const before = layers[place - 1];
    const sources = findSources(inbound_nodes);
    const expected = before ? [String(before.config.name ?? before.name)] : [];
    if (String(sources) === String(expected)) continue;
    const found = sources.length === 0 ? 'nothing' : sources.map(name => name.slice(0, 60)).join(' and ');
    const takes = expected.length === 0 ? 'nothing' : expected.join('');
    throw new DataError(
      `${file}: its layer ${config.name} takes ${found}, expected ${takes}: one after the other`,
      file,
    );
  }
}

/**
 * Keras 3: `keras_history: [layer, node, tensor]` somewhere inside; before it, nested lists
 * `[layer, node, tensor, {}]`.
 */
function findSources(nodes: unknown, depth = 0): string[] {
  if (depth > 12) return [];
  if (Array.isArray(nodes)) {
    if (typeof nodes[0] === 'string' && typeof nodes[1] === 'number') return [nodes[0]];
    return nodes.flatMap(node => findSources(node, depth + 1));
  }
  if (!isRecord(nodes)) return [];
  const { keras_history: history } = nodes;
  if (Array.isArray(history)) return [String(history[0])];
  return Object.values(nodes).flatMap(node => findSources(node, depth + 1));
}
