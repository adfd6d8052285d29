/** The samples of a run as PNG files. */
import path from 'node:path';
import { checkStoredConfig } from '../../config/config.js';
import { planSchedule } from '../../coordinator/steps/schedule.js';
import { arrangeGrid } from '../../pictures/pixels.js';
import { encodePng } from '../../pictures/png.js';
import type { Run } from '../../store/index.js';
import { writeOutputFile } from '../output/outputFile.js';

/**
 * Writes `EPOCH_BATCH.png`, the grid of a step's fakes, and `fixed_EPOCH_BATCH.png`, the fixed noises, for each sample;
 * epoch and batch from 0. The last sample of a finished run is of the step that would come next.
 * @returns the names of the files, in the order of the samples
 */
export async function writeSamplePictures(run: Run, folder: string): Promise<string[]> {
  const config = checkStoredConfig(run.config, run.path);
  const schedule = planSchedule(config, run.imageCount);
  const written: string[] = [];
  for (let index = 0; index < run.attributes.rows.samples; index++) {
    const { step, grid, fixed, imageShape } = await run.readSample(index);
    const { epoch, batch } = schedule.positionAt(step);
    const pictures = {
      [`${epoch}_${batch}.png`]: grid,
      [`fixed_${epoch}_${batch}.png`]: arrangeGrid(fixed, imageShape),
    };
    for (const [name, image] of Object.entries(pictures)) {
      await writeOutputFile(path.join(folder, name), encodePng(image));
      written.push(name);
    }
  }
  return written;
}
