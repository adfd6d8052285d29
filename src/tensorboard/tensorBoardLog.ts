/**
 * A run as TensorBoard shows it: its curves, and the film of the fixed noise.
 *
 *     gan-dist train --tensorboard logs/mnist        tensorboard --logdir logs
 */
import { divergenceBound } from '../model/divergence.js';
import { arrangeGrid } from '../pictures/pixels.js';
import { encodePng } from '../pictures/png.js';
import type { Sample, StepMetrics } from '../store/records.js';
import type { Value } from './event.js';
import { EventFile } from './eventFile.js';

export class TensorBoardLog {
  private file: EventFile | undefined;

  /** @param onFailure - told once, why nothing more is written */
  constructor(
    private readonly folder: string,
    private readonly batchSize: number,
    private readonly onFailure: (error: Error) => void,
  ) {}

  /** @param step - that training starts at now: what the folder has of it or of later steps is no longer shown */
  start(step: number): void {
    this.file = new EventFile(this.folder, step, this.onFailure);
  }

  addMetrics({ step, dLoss, gLoss, dReal, dFake, stepMs }: StepMetrics): void {
    const numbers: Record<string, number> = {
      'loss/d_loss': dLoss,
      'loss/g_loss': gLoss,
      'discriminator/d_real': dReal,
      'discriminator/d_fake': dFake,
      'discriminator/divergence_bound': divergenceBound(dLoss),
      'speed/images_per_second': (this.batchSize * 1000) / stepMs,
    };
    const values: Value[] = Object.entries(numbers).map(([tag, number]) => ({ tag, number }));
    this.file?.add(step, values);
  }

  addSample({ step, fixed, imageShape }: Sample): void {
    const grid = arrangeGrid(fixed, imageShape);
    const { width, height, channels } = grid;
    this.file?.add(step, [{ tag: 'samples/fixed', png: encodePng(grid), width, height, channels }]);
  }

  /** Waits until everything is written. */
  async close(): Promise<void> {
    await this.file?.close();
  }
}
