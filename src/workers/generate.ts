/** Images from the current generator in inference mode and, if asked, what the discriminator says of them. */
import type { GenerateOrder } from '../memory/messages.js';
import { Pass, takeTurn } from './executor/pass.js';
import { drawNoise, saveImages } from './fakes.js';
import type { Rank } from './rank.js';
import { readLogits } from './trainStep.js';

export function generate(rank: Rank, order: GenerateOrder): void {
  const { group, plan } = rank;
  const { seed, stream, index, first, images, score } = order;
  takeTurn(() => {
    const g = new Pass(rank, plan.generator, { state: group.current, images, label: 'generating' });
    const fakes = g.forward(drawNoise(rank, seed, stream, index, images, first));
    saveImages(rank, fakes, images);
    if (score) {
      const d = new Pass(rank, plan.discriminator, { state: group.current, images, label: 'scoring' });
      group.leaveScores(readLogits(group, d.forward(fakes)));
    }
  });
}
