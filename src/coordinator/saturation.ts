/**
 * Training that goes on and learns nothing: D tells real from fake without fail, so that its
 * gradient says nothing to G, or G makes the same image of every noise (mode collapse). One step of
 * that is no harm; `patience` of them are a warning.
 */
import { StoreError } from '../shared/errors.js';
import { openRun } from '../store/index.js';
import type { StepMetrics } from '../store/records.js';
import type { ComputedStep } from './pool/stepMetrics.js';

/** Steps in a row. */
export const patience = 100;
/** A D loss below this means that D is right with a probability of 99 %. */
const lowLoss = 0.01;
/** That of an untrained generator is 0.17, that of one in training 0.3 to 0.42. */
const lowSpread = 0.02;

/** Values of StepMetrics.saturation, which may be added. */
export const saturated = { discriminator: 1, generator: 2 } as const;

type Watched = Pick<StepMetrics, 'dLoss' | 'fakeSpread'>;

export class SaturationWatch {
  private lowLosses = 0;
  private lowSpreads = 0;
  private last = 0;

  /** @param before - the run's metrics so far, or the last `patience` of them: a resumed run goes on counting */
  constructor(before: Iterable<Watched> = []) {
    for (const metrics of before) this.note(metrics);
  }

  /** A step's metrics with its saturation. @param warn - told where it is more than that of the step before */
  watch(computed: ComputedStep, warn: (message: string) => void): StepMetrics {
    const { saturation, warning } = this.note(computed);
    if (warning) warn(warning);
    return { ...computed, saturation };
  }

  /** The saturation of the step, and a message when it is more than that of the step before. */
  note({ dLoss, fakeSpread }: Watched): { saturation: number; warning?: string } {
    this.lowLosses = dLoss < lowLoss ? this.lowLosses + 1 : 0;
    this.lowSpreads = fakeSpread < lowSpread ? this.lowSpreads + 1 : 0;
    const winning = this.lowLosses >= patience ? saturated.discriminator : 0;
    const alike = this.lowSpreads >= patience ? saturated.generator : 0;
    const news = (winning | alike) & ~this.last;
    this.last = winning | alike;
    return { saturation: this.last, warning: describe(news) };
  }
}

/**
 * What the watch of a run that is resumed at `step` goes on from: nothing, if it cannot be read, as
 * metrics must not cost the training.
 */
export async function readRecentMetrics(path: string, step: number): Promise<Watched[]> {
  try {
    const run = await openRun(path);
    const [dLoss, fakeSpread] = await Promise.all([
      run.readArray('metrics/d_loss'),
      run.readArray('metrics/fake_spread'),
    ]);
    const first = Math.max(0, step - patience);
    return Array.from({ length: step - first }, (_, i) => ({
      dLoss: Number(dLoss.data[first + i]),
      fakeSpread: Number(fakeSpread.data[first + i]),
    }));
  } catch (error) {
    if (error instanceof StoreError) return [];
    throw error;
  }
}

function describe(news: number): string | undefined {
  const said: string[] = [];
  if (news & saturated.discriminator)
    said.push(
      `the discriminator's loss has been below ${lowLoss} for ${patience} steps: it is always right, and the generator learns next to nothing from it`,
    );
  if (news & saturated.generator)
    said.push(`all fakes have been alike for ${patience} steps: the generator makes one image of every noise`);
  return said.length > 0 ? said.join('; ') : undefined;
}
