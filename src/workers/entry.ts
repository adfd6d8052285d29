/**
 * What a Piscina thread runs. A task is one rank's order; beside the tasks, a control channel through Comlink answers
 * between orders.
 */
import { MessageChannel, parentPort, threadId } from 'node:worker_threads';
import { expose } from 'comlink';

import { workerData } from 'piscina';
import { Barrier } from '../memory/barrier.js';
import type { Hello, Order, Outcome, PhaseTimes, WorkerControl, WorkerStart } from '../memory/messages.js';
import { viewMemory } from '../memory/sharedMemory.js';
import { toPlainError } from '../shared/errors.js';
import { explainLimit } from '../shared/limits.js';
import { nodeEndpoint } from '../shared/nodeEndpoint.js';

const start = workerData as WorkerStart;

// TensorFlow is loaded here and not by an import, so that a thread without it can still say why.
const program = Promise.all([
  import('./tensorflow/ops.js'),
  import('./rank.js'),
  import('./runOrder.js'),
  import('./stopwatch.js'),
  import('./tensorflow/products.js'),
  start.faults && import('./faults.js'),
]).then(([{ warmUp, copyInPlaceTo }, { createRanks }, { runOrder }, { withStopwatch }, { usePrecision }, faulty]) => {
  warmUp();
  copyInPlaceTo(start.memory);
  usePrecision(start.precision);
  let phases: PhaseTimes[] | undefined;
  const rankFor = createRanks(start, (wait, order) => {
    const meet = faulty ? faulty.withFaults(wait, order, start.faults!) : wait;
    phases = undefined;
    if (order.kind !== 'train' || !order.timed) return meet;
    const timed = withStopwatch(meet);
    phases = timed.phases;
    return timed.meet;
  });
  return (order: Order): Outcome => {
    runOrder(rankFor(order), order);
    return { ok: true, phases };
  };
});

// Whoever awaits it hears of a failure; until then it must not end the thread.
program.catch(() => {});

export default async function obey(order: Order): Promise<Outcome> {
  try {
    return (await program)(order);
  } catch (error) {
    new Barrier(viewMemory(start.plan, start.size, start.memory).barrier, start.size.ranks).abort();
    return { ok: false, error: toPlainError(explainLimit(error)) };
  }
}

const control: WorkerControl = {
  async ready() {
    try {
      await program;
      return { ok: true };
    } catch (error) {
      return { ok: false, error: toPlainError(explainLimit(error)) };
    }
  },
  async countTensors() {
    return (await import('./tensorflow/tensors.js')).countTensors();
  },
};

const { port1, port2 } = new MessageChannel();
expose(control, nodeEndpoint(port1));
// The channel alone must not keep a thread alive that the pool has ended.
port1.unref();
const hello: Hello = { kind: 'hello', threadId, port: port2 };
parentPort!.postMessage(hello, [port2]);
