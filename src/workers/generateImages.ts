/** Images from the current generator in inference mode, 64 at a time, and if asked what the discriminator says of them. */
import { discriminator, generator } from '../shared/networks.js';
import type { GenerateOrder } from '../shared/messages.js';
import { latentSize } from '../shared/model.js';
import { uniform } from '../shared/philox.js';
import { imagesPerGeneration } from '../shared/sharedMemory.js';
import { fromArray, tidy } from './ops.js';
import { Pass } from './pass.js';
import type { Rank } from './rank.js';
import { saveImages } from './trainStep.js';

/** Always 64 images, whatever is wanted: an image then does not depend on how many are made. */
export function generateImages(rank: Rank, { seed, stream, first, score }: GenerateOrder): void {
  const images = imagesPerGeneration;
  tidy(() => {
    const g = new Pass(rank, generator, { state: rank.current, images, label: 'generating' });
    const noise = uniform(seed, stream, 0, images * latentSize, first * latentSize);
    const z = fromArray(noise, [images, latentSize]);
    const fakes = g.forward(() => z);
    saveImages(rank, fakes, images);
    if (score) {
      const d = new Pass(rank, discriminator, { state: rank.current, images, label: 'scoring' });
      const logits = d.sumOfOutputs(d.forward(fakes));
      if (rank.number === 0) rank.shared.scores.set(logits);
      d.end();
    }
    g.end();
  });
}
