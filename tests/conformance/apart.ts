/**
 * How far apart two states are, as a share of the way that they have come: |a − b| / |b − start|
 * over all of a network's parameters. No rule judges it, for it grows as fast as rounding is
 * amplified; but two norms can be equal by chance, and this cannot.
 */
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
  let [apart, way] = [0, 0];
  for (const [name, wanted] of expected) {
    if (!name.startsWith(network) || name.includes('/moving_')) continue;
    apart += squaredDistance(actual.get(name)!, wanted);
    way += squaredDistance(start.get(name)!, wanted);
  }
  return Math.sqrt(apart / way);
}

const squaredDistance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
