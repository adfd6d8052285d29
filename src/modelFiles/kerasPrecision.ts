/** Keras's own quantised layers, whose kernels and arithmetic are not those of any layer here. */
import { DataError } from '../shared/errors.js';
import { isRecord } from './foundTensors.js';
import type { NetworkLayer } from './networkLayers.js';

/** @throws DataError naming the first layer that is quantised */
export function assertNotQuantised(layers: readonly NetworkLayer[], file: string): void {
  for (const { config } of layers) {
    const mode = quantisationOf(config.dtype);
    if (mode === undefined) continue;
    throw new DataError(
      `${file}: its layer ${config.name.slice(0, 60)} is quantised by Keras (${mode.slice(0, 20)}), expected plain numbers; save the model before quantize() is called`,
      file,
    );
  }
}

/** Keras 3.3 has a word, such as `int8_from_float32`; later ones an object that says a mode. */
function quantisationOf(policy: unknown): string | undefined {
  const { mode, name } =
    isRecord(policy) && isRecord(policy.config) ? policy.config : { mode: undefined, name: policy };
  if (typeof mode === 'string') return mode;
  return typeof name === 'string' ? /^(\w+)_from_/.exec(name)?.[1] : undefined;
}
