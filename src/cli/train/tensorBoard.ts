/**
 * `--tensorboard`: the run's curves and pictures for TensorBoard, beside the store. Only its own
 * place can fail the command.
 */
import path from 'node:path';
import type { Config } from '../../config/config.js';
import { StoreError, UsageError } from '../../shared/errors.js';
import { TensorBoardLog } from '../../tensorboard/tensorBoardLog.js';
import { assertOutputFolder } from '../output/outputFile.js';

/** @throws UsageError for a folder in the run's store, or what is no folder */
export async function openTensorBoard(
  folder: string,
  { training, output }: Config,
  say: (text: string) => void,
): Promise<TensorBoardLog> {
  const [place, run] = [path.resolve(folder), path.resolve(output.run)];
  if (place === run || place.startsWith(run + path.sep))
    throw new UsageError(
      `--tensorboard expects a place outside the run ${run}, found ${folder}: the store holds only Zarr`,
    );
  await assertOutputFolder('--tensorboard', folder, run).catch(error => {
    // A place that cannot be written is told with the first event, and costs no training.
    if (!(error instanceof StoreError)) throw error;
  });
  return new TensorBoardLog(place, training.batchSize, ({ message }) =>
    say(`TensorBoard's events cannot be written to ${folder} (${message}): the run goes on without them`),
  );
}
