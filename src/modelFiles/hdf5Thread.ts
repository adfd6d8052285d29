/** The thread of decodeHdf5Aside.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { toPlainError } from '../shared/errors.js';
import type { Hdf5Answer, Hdf5Task } from './decodeHdf5Aside.js';
import { decodeKeras } from './keras.js';
import { decodeKerasH5 } from './kerasH5.js';
import { limitsOf } from './limits.js';
import { openZip } from './zip.js';

const { kind, bytes, plan, network, file } = workerData as Hdf5Task;

async function decode() {
  if (kind === 'h5') return decodeKerasH5(bytes, plan, network, file);
  return decodeKeras(openZip(bytes, file, limitsOf(plan).unpackedBytes), plan, network, file);
}

const answer: Hdf5Answer = await decode().then(
  model => ({ model }),
  error => ({ error: toPlainError(error) }),
);
parentPort!.postMessage(answer);
