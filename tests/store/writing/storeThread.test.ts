/** The store in its own thread: the same run, tagged errors, and no call that waits for a dead thread. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { referencePlan } from '../../../src/model/plan.js';
import { planState, readState } from '../../../src/model/stateLayout.js';
import { LockError, StoreError, StoreThreadError } from '../../../src/shared/errors.js';
import { fromFloat16, toFloat16 } from '../../../src/shared/float16.js';
import { openRun } from '../../../src/store/reading/run.js';
import { createRunInThread, openRunInThread } from '../../../src/store/writing/storeThread.js';
import { description, makeFolder, metricsOf, sampleOf } from '../testRuns.js';

const slices = 3;
const layout = planState(referencePlan(), slices);

function makeState(seed: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(layout.length * 4);
  const state = new Float32Array(buffer);
  for (let i = 0; i < state.length; i++) state[i] = (i % 1009) + seed;
  return buffer;
}

/** A file system for the thread that breaks at the first file of checkpoint data, in a way of the test's choosing. */
async function makeModule(t: TestContext, how: string): Promise<string> {
  const path = join(await makeFolder(t), 'fileSystem.mjs');
  const node = new URL('../../../src/store/disk/fileSystem.js', import.meta.url);
  await writeFile(
    path,
    `import { nodeFileSystem } from '${node}';
    let left = 1;
    export const fileSystem = { ...nodeFileSystem, create(path) { if (path.endsWith('0.0') && left-- > 0) { ${how} } return nodeFileSystem.create(path); } };`,
  );
  return pathToFileURL(path).href;
}

test('the generator that an epoch leaves is that of its checkpoint, in float16', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  const writer = await createRunInThread(path, description, { keep: 3, keepGenerators: true });
  writer.appendMetrics(metricsOf(0));
  await writer.commitCheckpoint({ step: 1, epoch: 1, batch: 0 }, makeState(5), slices);
  await writer.close();
  const run = await openRun(path);
  const tensors = await run.readCheckpoint();
  const kept = await run.readGenerator(1);
  assert.ok(kept.size > 5);
  for (const [name, { data }] of kept) {
    const expected = fromFloat16(toFloat16(tensors.get(`generator/${name}`)!.data));
    assert.equal(Buffer.compare(Buffer.from(data.buffer), Buffer.from(expected.buffer)), 0, name);
  }
});

test('a real checkpoint goes through the thread and comes back the same', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  const state = makeState(0);
  const writer = await createRunInThread(path, description, { keep: 3 });
  writer.appendMetrics(metricsOf(0));
  writer.appendSample(sampleOf(0));
  await writer.commitCheckpoint({ step: 1, epoch: 0, batch: 1 }, state, slices);
  writer.appendEvent({ step: 1, time: '2026-01-01T00:00:00Z', kind: 'note', message: 'hello' });
  writer.updateConfig({ training: { epochs: 2 } });
  await writer.flush();
  await writer.close();
  const run = await openRun(path);
  const tensors = await run.readCheckpoint();
  for (const { name, shape, data } of readState(state, layout)) {
    assert.deepEqual(tensors.get(name)!.shape, shape);
    assert.equal(Buffer.compare(Buffer.from(tensors.get(name)!.data.buffer), Buffer.from(data.buffer)), 0, name);
  }
  assert.deepEqual(
    [run.config, run.attributes.events[0]!.message, run.steps],
    [{ training: { epochs: 2 } }, 'hello', 1],
  );
  const again = await openRunInThread(path, { keep: 3 });
  assert.deepEqual(again.recovery.position, { step: 1, epoch: 0, batch: 1 });
  await assert.rejects(openRunInThread(path, { keep: 3 }), (error: Error) => {
    assert.ok(error instanceof LockError);
    assert.equal(error.pid, process.pid);
    return true;
  });
  await again.writer.close();
  await again.writer.close();
  await assert.rejects(
    again.writer.flush(),
    new StoreThreadError('the store thread ended: the run is closed; what it had not committed is lost', path),
  );
});

test('a failure in the thread comes back tagged, and can be tried again', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  const fileSystemModule = await makeModule(t, "throw Object.assign(new Error('full'), { code: 'ENOSPC', path });");
  const writer = await createRunInThread(path, description, { keep: 3, fileSystemModule });
  const commit = () => writer.commitCheckpoint({ step: 0, epoch: 0, batch: 0 }, makeState(1), slices);
  await assert.rejects(commit(), (error: Error) => {
    assert.ok(error instanceof StoreError);
    assert.match(error.message, /could not write checkpoint 0: the disk is full; free some space \(ENOSPC, .*0\.0\)/);
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'ENOSPC');
    return true;
  });
  await commit();
  await writer.close();
  assert.deepEqual(await (await openRun(path)).verify(), []);
});

test('an append that does not fit is told by the next commit', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  const writer = await createRunInThread(path, description, { keep: 3 });
  writer.appendMetrics(metricsOf(4));
  await assert.rejects(writer.flush(), /metrics must follow step by step: expected step 0, got 4/);
  await writer.close();
});

test('when the thread dies, calls reject instead of waiting', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  const fileSystemModule = await makeModule(t, 'process.exit(7);');
  const writer = await createRunInThread(path, description, { keep: 3, fileSystemModule });
  const message = 'the store thread ended: exit code 7; what it had not committed is lost';
  await assert.rejects(
    writer.commitCheckpoint({ step: 0, epoch: 0, batch: 0 }, makeState(1), slices),
    new StoreThreadError(message, path),
  );
  await assert.rejects(writer.flush(), new StoreThreadError(message, path));
  writer.appendMetrics(metricsOf(0));
  await assert.rejects(writer.close(), new StoreThreadError(message, path));
  // The process goes on; its dead thread's lock must not keep it from the run.
  await (await openRunInThread(path, { keep: 3 })).writer.close();
});
