/** No step counts whose numbers are not all finite: what follows from them would be lost work. */

import { notFinite, type SharedMemory, toldElements } from '../../memory/sharedMemory.js';
import type { Network } from '../../model/description.js';
import type { Plan } from '../../model/plan.js';
import { DivergenceError } from '../../shared/errors.js';

/**
 * Looks at what the ranks noted in a step, in the order in which it was computed: D's loss and tensors, then G's.
 * @throws DivergenceError naming network, tensor and step
 */
export function assertStepFinite(shared: SharedMemory, { tensors }: Plan, step: number): void {
  const losses = { discriminator: toldElements.dLoss, generator: toldElements.gLoss };
  for (const network of ['discriminator', 'generator'] as const) {
    if (!Number.isFinite(shared.told[losses[network]])) throw diverged(step, network, `the loss of the ${network}`);
    const places = [...tensors.keys()].filter(
      place => shared.health[place] !== 0 && tensors[place]!.network === network,
    );
    if (places.length === 0) continue;
    const { name } = tensors[places[0]!]!;
    const what = shared.health[places[0]!]! & notFinite.gradient ? `the gradient of ${name}` : name;
    const more = places.length > 1 ? ` (nor are those of ${places.length - 1} more of its tensors)` : '';
    throw diverged(step, network, what, name, more);
  }
}

function diverged(step: number, network: Network, what: string, tensor?: string, more = ''): DivergenceError {
  const message = `training diverged: in step ${step} ${what} is not finite${more}. The step was not kept. Start a new run with a smaller training.learningRate, or with other data`;
  return new DivergenceError(message, step, network, tensor);
}
