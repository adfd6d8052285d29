/** Readers that look again and again while another process commits see all of one commit, or none of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import * as zarr from 'zarrita';
import { CheckpointError } from '../../src/shared/errors.js';
import type { RunAttributes } from '../../src/store/index.js';
import { openRun } from '../../src/store/reading/run.js';
import { startWriter } from './startWriter.js';
import { makeFolder, metricsOf, sampleOf, tensorsOf } from './testRuns.js';

const commits = 30;
const upTo = (step: number) => Array.from({ length: step }, (_, i) => i);

/** What the root says: every part of it is of one commit. @returns its step */
function assertOneCommit({ latest, rows, config, events, commit }: RunAttributes): number {
  const { step } = latest!;
  assert.deepEqual([rows.metrics, config.step, events.length, events.at(-1)!.step], [step, step, step + 1, step]);
  assert.deepEqual([rows.samples, commit], [Math.ceil(step / 5), step + 1]);
  return step;
}

/** Reads until the last commit is seen. @param look - answers the step it saw, or undefined when it was overtaken */
async function poll(t: TestContext, path: string, look: () => Promise<number | undefined>): Promise<void> {
  const writer = await startWriter(t, path, commits);
  const seen = new Set<number>();
  let [looks, overtaken] = [0, 0];
  while (!seen.has(commits)) {
    const step = await look();
    looks++;
    if (step === undefined) overtaken++;
    else seen.add(step);
  }
  // It still clears up, and what it works on is removed after the test.
  if (writer.exitCode === null) await once(writer, 'exit');
  t.diagnostic(
    `${looks} looks saw ${seen.size} of ${commits + 1} commits; ${overtaken} were overtaken by three commits`,
  );
  assert.ok(seen.size > 5, 'the reader kept up with some commits');
}

test('openRun sees one commit whole', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  await poll(t, path, async () => {
    const run = await openRun(path);
    const step = assertOneCommit(run.attributes);
    assert.equal(run.damage, undefined);
    const tensors = await run.readCheckpoint().catch((error: Error) => error);
    if (tensors instanceof Error) {
      assert.ok(
        tensors instanceof CheckpointError && /it was deleted while it was read/.test(tensors.message),
        tensors,
      );
      return undefined;
    }
    assert.deepEqual([...tensors.values()], tensorsOf(step));
    const metrics = await run.readMetrics();
    assert.deepEqual([...metrics.step], upTo(step));
    assert.deepEqual(
      [...metrics.fingerprint],
      upTo(step).map(i => metricsOf(i).fingerprint),
    );
    const samples = await run.readSampleSteps();
    if (samples.length > 0) {
      const last = await run.readSample(samples.length - 1);
      assert.equal(Buffer.compare(last.fixed, sampleOf(last.step).fixed), 0);
    }
    return step;
  });
});

test('zarrita sees one commit whole, from the consolidated metadata', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  const get = (key: string) =>
    readFile(join(path, key)).then(
      bytes => new Uint8Array(bytes),
      () => undefined,
    );
  await poll(t, path, async () => {
    const root = await zarr.open.v2(await zarr.withConsolidatedMetadata({ get }, { format: 'v2' }), { kind: 'group' });
    const step = assertOneCommit(root.attrs as unknown as RunAttributes);
    const read = async (name: string) => zarr.get(await zarr.open.v2(root.resolve(name), { kind: 'array' }));
    // zarrita reads no array without elements.
    const losses = step > 0 ? (await read('metrics/d_loss')).data : new Float32Array();
    assert.deepEqual(
      losses,
      Float32Array.from(upTo(step), i => metricsOf(i).dLoss),
    );
    const samples = await zarr.open.v2(root.resolve('samples/step'), { kind: 'array' });
    assert.equal(samples.shape[0], Math.ceil(step / 5));
    const found: { data: unknown }[] = [];
    for (const { name } of tensorsOf(step))
      found.push(await read(`checkpoints/${String(step).padStart(8, '0')}/${name}`));
    // What a commit three later deleted reads as the fill value: only then.
    const isThere = (await openRun(path)).checkpoints.includes(step);
    const whole = tensorsOf(step).every(({ data }, i) => Buffer.compare(bytesOf(data), bytesOf(found[i]!.data)) === 0);
    assert.ok(whole || !isThere, `checkpoint ${step} is of its step`);
    return whole ? step : undefined;
  });
});

const bytesOf = (data: unknown): Buffer => {
  const { buffer, byteOffset, byteLength } = data as Float32Array;
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
};
