/** What a rank does when an order comes: all of it, with a meeting before anything is computed and one when all is. */
import type { Order } from '../memory/messages.js';
import { generate } from './generate.js';
import type { Rank } from './rank.js';
import { trainStep } from './trainStep.js';

export function runOrder(rank: Rank, order: Order): void {
  // A thread that never came shows here.
  rank.group.meet('roll-call');
  if (order.kind === 'train') trainStep(rank, order);
  else generate(rank, order);
  // And a rank that hangs in its last phase shows here.
  rank.group.meet('end of the order');
}
