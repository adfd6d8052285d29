/**
 * A model's description as it comes back from a store: checked, as whatever is there may be damaged
 * or from a later gan-dist.
 */
import { ConfigError } from '../shared/errors.js';
import type { LayerDescription, ModelDescription } from './description.js';
import { count, type OptionRule } from './layers/layerKind.js';
import { layerKinds } from './layers/layerKinds.js';
import { reference } from './presets.js';

/**
 * The model of a run; one whose attributes name none has the reference.
 *
 * @throws ConfigError naming layer and option, what is expected there and what is found
 */
export function readStoredModel({ model }: Readonly<Record<string, unknown>>): ModelDescription {
  if (model === undefined) return reference;
  const fail = (what: string, expects: string, found: unknown): never => {
    const shown = (JSON.stringify(found) ?? 'nothing').slice(0, 60);
    throw new ConfigError(`${what} of the model expects ${expects}, found ${shown}`);
  };
  const take = (record: Record<string, unknown>, name: string, rule: OptionRule, whose = '') => {
    if (!rule.accepts(record[name])) fail(`${whose}${name}`, rule.expects, record[name]);
  };
  if (!isRecord(model)) return fail('the description', 'a record', model);
  take(model, 'latentSize', count);
  if (!isRecord(model.image)) return fail('image', 'a record', model.image);
  for (const name of ['height', 'width']) take(model.image, name, count, 'image.');
  take(model.image, 'channels', channels, 'image.');
  for (const network of ['generator', 'discriminator']) {
    const layers = model[network];
    if (!Array.isArray(layers) || layers.length > mostLayers) return fail(network, 'a list of layers', layers);
    for (const [place, layer] of layers.entries()) {
      const whose = `layer ${place + 1} of the ${network}: `;
      const kind = isRecord(layer) && isKind(layer.kind) ? layer.kind : undefined;
      if (!kind) return fail(`${whose}kind`, Object.keys(layerKinds).join(', '), isRecord(layer) ? layer.kind : layer);
      const { isNamed, options } = layerKinds[kind];
      if (isNamed) take(layer, 'name', layerName, whose);
      const rules = Object.entries(options) as [string, OptionRule][];
      for (const [option, rule] of rules) take(layer, option, rule, whose);
      const known = ['kind', ...(isNamed ? ['name'] : []), ...Object.keys(options)];
      const unknown = Object.keys(layer).find(option => !known.includes(option));
      // What a later gan-dist understands would be trained as something else.
      if (unknown !== undefined) fail(`${whose}${unknown}`, 'nothing', layer[unknown]);
    }
  }
  return model as unknown as ModelDescription;
}

const mostLayers = 1000;

const isKind = (value: unknown): value is LayerDescription['kind'] =>
  typeof value === 'string' && Object.hasOwn(layerKinds, value);

const channels: OptionRule = { expects: '1 or 3', accepts: value => value === 1 || value === 3 };

const layerName: OptionRule = {
  expects: 'a lower-case letter, and at most 39 more letters, digits or _',
  accepts: value => typeof value === 'string' && /^[a-z][a-z0-9_]{0,39}$/.test(value),
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
