/**
 * Training that goes on and learns nothing: D tells real from fake without fail, so that its
 * gradient says nothing to G; G makes the same image of every noise (mode collapse); or both throw
 * each other about, with losses of tens to thousands of nats. One step of that is no harm;
 * `patience` of them are a warning. (docs/decisions/0013-runaway.md)
 */
import type { Config } from '../config/config.js';
import { saturated } from '../model/saturation.js';
import { StoreError } from '../shared/errors.js';
import { openRun } from '../store/index.js';
import type { StepMetrics } from '../store/records.js';
import type { ComputedStep } from './pool/stepMetrics.js';

/** Steps: so many in a row, or most of the last so many. */
export const patience = 100;
/** Whoever has seen so many steps knows all that a watch does that has seen them all. */
export const memory = 2 * patience;
/** A D loss below this means that D is right with a probability of 99 %. */
const lowLoss = 0.01;
/** That of an untrained generator is 0.17, that of one in training 0.3 to 0.42. */
const lowSpread = 0.02;
/**
 * Of D or of G, in nats. Both begin at log 2 = 0.69; 10 is to give what is true a probability of
 * 1 in 22,000, and that on an average over the batch.
 */
const highLoss = 10;

type Watched = Pick<StepMetrics, 'dLoss' | 'gLoss' | 'fakeSpread'>;
/** What a warning names. */
export type Settings = Pick<Config['training'], 'learningRate' | 'momentum' | 'batchSize'>;

export class SaturationWatch {
  private lowLosses = 0;
  private lowSpreads = 0;
  /** Of the last `patience` steps, whether a loss was high. One spike is not most of them. */
  private readonly high: boolean[] = [];
  /** Steps since the game was seen to run away: around half of the steps it is not told again and again. */
  private sinceRunaway = Number.POSITIVE_INFINITY;
  private last = 0;

  /** @param before - the run's metrics so far, or the last `memory` of them: a resumed run goes on counting */
  constructor(
    private readonly settings: Settings,
    before: Iterable<Watched> = [],
  ) {
    for (const metrics of before) this.note(metrics);
  }

  /** A step's metrics with its saturation. @param warn - told where it is more than that of the step before */
  watch(computed: ComputedStep, warn: (message: string) => void): StepMetrics {
    const { saturation, warning } = this.note(computed);
    if (warning) warn(warning);
    return { ...computed, saturation };
  }

  /** The saturation of the step, and a message when it is more than that of the step before. */
  note({ dLoss, gLoss, fakeSpread }: Watched): { saturation: number; warning?: string } {
    this.lowLosses = dLoss < lowLoss ? this.lowLosses + 1 : 0;
    this.lowSpreads = fakeSpread < lowSpread ? this.lowSpreads + 1 : 0;
    const winning = this.lowLosses >= patience ? saturated.discriminator : 0;
    const alike = this.lowSpreads >= patience ? saturated.generator : 0;
    const runaway = this.isRunaway(Math.max(dLoss, gLoss)) ? saturated.runaway : 0;
    const known = this.last | (this.sinceRunaway < patience ? saturated.runaway : 0);
    this.sinceRunaway = runaway ? 0 : this.sinceRunaway + 1;
    this.last = winning | alike | runaway;
    return { saturation: this.last, warning: describe(this.last & ~known, this.settings) };
  }

  private isRunaway(loss: number): boolean {
    this.high.push(loss > highLoss);
    if (this.high.length > patience) this.high.shift();
    return this.high.length === patience && this.high.filter(Boolean).length > patience / 2;
  }
}

/**
 * What the watch of a run that is resumed at `step` goes on from: nothing, if it cannot be read, as
 * metrics must not cost the training.
 */
export async function readRecentMetrics(path: string, step: number): Promise<Watched[]> {
  try {
    const run = await openRun(path);
    const read = (name: string) => run.readArray(`metrics/${name}`);
    const [dLoss, gLoss, fakeSpread] = await Promise.all(['d_loss', 'g_loss', 'fake_spread'].map(read));
    const first = Math.max(0, step - memory);
    return Array.from({ length: step - first }, (_, i) => ({
      dLoss: Number(dLoss!.data[first + i]),
      gLoss: Number(gLoss!.data[first + i]),
      fakeSpread: Number(fakeSpread!.data[first + i]),
    }));
  } catch (error) {
    if (error instanceof StoreError) return [];
    throw error;
  }
}

function describe(news: number, settings: Settings): string | undefined {
  const said: string[] = [];
  if (news & saturated.discriminator)
    said.push(
      `the discriminator's loss has been below ${lowLoss} for ${patience} steps: it is always right, and the generator learns next to nothing from it`,
    );
  if (news & saturated.generator)
    said.push(`all fakes have been alike for ${patience} steps: the generator makes one image of every noise`);
  if (news & saturated.runaway)
    said.push(
      `the game has run away: in most of the last ${patience} steps a loss was above ${highLoss} nats, where guessing costs ${Math.LN2.toFixed(2)}. More steps seldom bring it back; what usually helps is a new run ${describeHelp(settings)}`,
    );
  return said.length > 0 ? said.join('; ') : undefined;
}

/** What of the settings is the likeliest cause first. */
function describeHelp({ learningRate, momentum, batchSize }: Settings): string {
  const others: string[] = [];
  if (momentum > 0.9) others.push(`training.momentum=0.9 (it is ${shorten(momentum)})`);
  if (batchSize < 32) others.push(`larger batches (training.batchSize is ${batchSize})`);
  const more = others.length > 0 ? `; then with ${others.join(' and ')}` : '';
  return `with a smaller training.learningRate (it is ${shorten(learningRate)}; 0.001 is the default)${more}`;
}

/** A float32 as it was typed. */
const shorten = (value: number): number => Number(value.toPrecision(6));
