/**
 * How far apart two states are, as a share of the way that they have come: |a − b| / |b − start| over all of a network's
 * parameters. No rule judges it, for it grows as fast as rounding is amplified; but two norms can be equal by chance, and
 * this cannot.
 */
import { modelTensors } from '../../src/shared/model.js';
import type { State } from './trajectory.js';

export interface Apart {
  generator: number;
  discriminator: number;
}

export const measureApart = (actual: State, expected: State, start: State): Apart => ({
  generator: shareOfWay('generator/', actual, expected, start),
  discriminator: shareOfWay('discriminator/', actual, expected, start),
});

function shareOfWay(network: string, actual: State, expected: State, start: State): number {
  const parameters = modelTensors.filter(({ name, trainable }) => trainable && name.startsWith(network));
  let [apart, way] = [0, 0];
  for (const { name } of parameters) {
    apart += squaredDistance(actual.get(name)!, expected.get(name)!);
    way += squaredDistance(expected.get(name)!, start.get(name)!);
  }
  return Math.sqrt(apart / way);
}

const squaredDistance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
