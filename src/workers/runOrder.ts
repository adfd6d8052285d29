/** What a rank does when an order comes: all of it, with a barrier before anything is computed and one when all is. */
import type { Order } from '../memory/messages.js';
import { generateImages } from './generateImages.js';
import type { Rank } from './rank.js';
import { trainStep } from './trainStep.js';

export function runOrder(rank: Rank, order: Order): void {
  // A thread that never came shows here.
  rank.barrier('roll-call');
  if (order.kind === 'train') trainStep(rank, order);
  else generateImages(rank, order);
  // And a rank that hangs in its last phase shows here.
  rank.barrier('end of the order');
}
