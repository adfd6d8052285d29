/** The newest fixed-noise images of a run as a PNG beside it. */
import { arrangeGrid } from '../../pictures/pixels.js';
import { encodePng } from '../../pictures/png.js';
import { openRun } from '../../store/index.js';
import type { Sample } from '../../store/records.js';
import { writeOutputFile } from '../output/outputFile.js';

/** @returns the picture's path, `RUN.zarr.png`, a name that is the run's own as `RUN.zarr.lock` is; and its images */
export async function writeLastGrid(runPath: string): Promise<{ path: string } & Pick<Sample, 'fixed' | 'imageShape'>> {
  const run = await openRun(runPath);
  const steps = await run.readSampleSteps();
  const { fixed, imageShape } = await run.readSample(steps.length - 1);
  const path = `${run.path}.png`;
  await writeOutputFile(path, encodePng(arrangeGrid(fixed, imageShape)));
  return { path, fixed, imageShape };
}
