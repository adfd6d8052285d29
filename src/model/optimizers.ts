/** Optimizers as data: what state each keeps for a parameter. What they compute is in `workers/optimizers`. */

/** The step of a network's optimizer, with all the numbers that its routine takes: no rank counts anything. */
export type OptimizerStep = NesterovStep;

export interface NesterovStep {
  readonly kind: 'nesterov';
  readonly learningRate: number;
  readonly momentum: number;
}

/** A tensor of state beside each parameter, named `NAME/PARAMETER` in the store. */
export interface Slot {
  readonly name: string;
  readonly role: 'momentum';
}

/** In the order of the store. A new optimizer is a line here, and a file and a line in `workers/optimizers`. */
export const optimizerSlots: Readonly<Record<OptimizerStep['kind'], readonly Slot[]>> = {
  nesterov: [{ name: 'velocity', role: 'momentum' }],
};
