/** The newest fixed-noise images of a run as a PNG beside it. */
import { rename, writeFile } from 'node:fs/promises';
import { arrangeGrid } from '../shared/pixels.js';
import { encodePng } from '../shared/png.js';
import { openRun } from '../store/index.js';

/** @returns the picture's path: `RUN.png` beside `RUN.zarr` */
export async function writeLastGrid(runPath: string): Promise<string> {
  const run = await openRun(runPath);
  const steps = await run.readSampleSteps();
  const { fixed } = await run.readSample(steps.length - 1);
  const path = `${run.path.replace(/\.zarr$/, '')}.png`;
  // Whole or not at all: a viewer may be looking at it.
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, encodePng(arrangeGrid(fixed)));
  await rename(temporary, path);
  return path;
}
