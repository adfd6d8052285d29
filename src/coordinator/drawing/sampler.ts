/** Takes the samples of a run: pictures and histograms of the steps that the schedule names, and of its end. */
import type { Config } from '../../config/config.js';
import { type Histograms, takeHistograms } from '../../model/histograms.js';
import type { Position, Sample } from '../../store/records.js';
import type { WorkerPool } from '../pool/workerPool.js';
import type { Schedule } from '../steps/schedule.js';
import type { Onlooker } from '../steps/takeSteps.js';
import { arrangeSample, drawFixed, drawLast } from './drawPictures.js';

export class Sampler implements Onlooker {
  #fixed: Uint8Array | undefined;
  #histograms: Histograms | undefined;

  /** @param keep - takes each sample */
  constructor(
    private readonly pool: WorkerPool,
    private readonly training: Config['training'],
    private readonly schedule: Schedule,
    private readonly keep: (sample: Sample) => void,
  ) {}

  async before({ step }: Position): Promise<void> {
    this.#fixed = this.schedule.isSampled(step) ? await drawFixed(this.pool, this.training, step) : undefined;
  }

  during(): void {
    const { current, layout, plan } = this.pool;
    this.#histograms = this.#fixed && takeHistograms(current, layout, plan.tensors);
  }

  /** After the step: its fakes are there now. */
  after({ step }: Position): void {
    if (!this.#fixed) return;
    this.keep(arrangeSample(this.pool, this.training, { step, fixed: this.#fixed, histograms: this.#histograms }));
  }

  /** At the end of the run, when `step` steps are done. */
  async last(step: number): Promise<void> {
    this.keep(await drawLast(this.pool, this.training, step));
  }
}
