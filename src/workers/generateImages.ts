/** Images from the current generator in inference mode and, if asked, what the discriminator says of them. */

import type { GenerateOrder } from '../memory/messages.js';
import { discriminator, generator } from '../model/networks.js';
import { uniform } from '../model/philox.js';
import { latentSize } from '../model/tensors.js';
import { Pass, takeTurn } from './executor/pass.js';
import type { Rank } from './rank.js';
import { fromArray } from './tensorflow/tensors.js';
import { saveImages } from './trainStep.js';

export function generateImages(rank: Rank, order: GenerateOrder): void {
  const { seed, stream, index, first, images, score } = order;
  takeTurn(() => {
    const g = new Pass(rank, generator, { state: rank.current, images, label: 'generating' });
    const noise = uniform(seed, stream, index, images * latentSize, first * latentSize);
    const z = fromArray(noise, [images, latentSize]);
    const fakes = g.forward(() => z);
    saveImages(rank, fakes, images);
    if (score) {
      const d = new Pass(rank, discriminator, { state: rank.current, images, label: 'scoring' });
      const logits = d.sumOfOutputs(d.forward(fakes));
      if (rank.number === 0) rank.shared.scores.set(logits);
    }
  });
}
