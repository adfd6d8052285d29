/**
 * Stores whose metadata lie: a tiny run in memory, one part of its JSON replaced, and everything that reads a run tried
 * on it. It works, or says what is wrong in a tagged error that names the run; and it takes no memory for what is claimed.
 *
 *     GAN_DIST_PROPERTY_RUNS=5000 node --test dist/tests/store/damagedMetadata.test.js
 */
import assert from 'node:assert/strict';
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatSummary, summarize } from '../../src/cli/inspect/summary.js';
import { formatTree } from '../../src/cli/inspect/tree.js';
import { buildConfig } from '../../src/config/config.js';
import { layerKinds } from '../../src/model/layers/layerKinds.js';
import { reference } from '../../src/model/presets.js';
import { GanDistError } from '../../src/shared/errors.js';
import type { FileSystem } from '../../src/store/disk/fileSystem.js';
import { openRun, type Run } from '../../src/store/reading/run.js';
import { createRun } from '../../src/store/writing/createRun.js';
import { openRunToWrite } from '../../src/store/writing/recovery.js';
import { sha256 } from '../../src/store/zarr/chunks.js';
import { MemoryFileSystem } from './memoryFileSystem.js';
import { description, makeClosedRun, makeFolder, trainTo } from './testRuns.js';

const numRuns = Number(process.env.GAN_DIST_PROPERTY_RUNS || 40);
const path = '/run.zarr';
const original = await makeRun();
const consolidated = JSON.parse(Buffer.from(await original.readFile(`${path}/.zmetadata`)).toString()).metadata;
const keys = Object.keys(consolidated);

async function makeRun(): Promise<MemoryFileSystem> {
  const fileSystem = new MemoryFileSystem();
  const config = JSON.parse(JSON.stringify(buildConfig(new Map([['output.run', path]]))));
  const writer = await createRun(path, { ...description, config }, { keep: 0, fileSystem });
  for (const step of [0, 5]) await trainTo(writer, step);
  writer.appendEvent({ step: 12, time: new Date(0).toISOString(), kind: 'retry', message: 'a step was run again' });
  await trainTo(writer, 12);
  await writer.close();
  return fileSystem;
}

type Json = Record<string, unknown>;
/** One change somewhere in a piece of JSON. */
interface Change {
  /** Where: at each level the n-th key, modulo their number. */
  way: number[];
  how: 'replace' | 'delete' | 'add' | 'rename';
  key: string;
  value: unknown;
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, '', '..', '../../x', 'NaN', [], {}, [null], [{}], [[]], 0, -1, 0.5, 1, 3),
  fc.constantFrom<unknown>(7, 1e9, 2 ** 31, 2 ** 40, 2 ** 53, -(2 ** 53), 1e308, [2 ** 40, 2 ** 40], [12, 2 ** 30]),
  fc.constantFrom<unknown>('<f4', '<i4', '<u8', '|u1', '<f8', { id: 'zlib' }, { id: 'blosc' }, 'F', '/', '.zarray'),
  fc.constantFrom<unknown>([1, 1, 1], [1, 0], [-1], [1.5], [1, 1e6, 1e6], { length: 3 }, { toString: 1, valueOf: 1 }),
  fc.jsonValue({ maxDepth: 3 }),
);
const strangeKey = fc.oneof(
  fc.constantFrom('../../escape/.zarray', '/etc/passwd', 'a//.zarray', '__proto__', 'constructor', 'C:\\x', 'a\0b'),
  fc.constantFrom(
    'checkpoints/99999999/.zattrs',
    'checkpoints/999999999999999/.zattrs',
    'metrics/x/.zarray',
    'toString',
  ),
  fc.string(),
);
const change: fc.Arbitrary<Change> = fc.record({
  way: fc.array(fc.nat(40), { minLength: 0, maxLength: 5 }),
  how: fc.constantFrom('replace', 'replace', 'replace', 'delete', 'add', 'rename'),
  key: strangeKey,
  value: odd,
});

function apply(json: Json, { way, how, key, value: frozen }: Change): void {
  const value = structuredClone(frozen);
  let at = json;
  let name = key;
  for (const [depth, n] of way.entries()) {
    const below = depth === 0 ? json : at[name];
    if (!isFilled(below)) break;
    at = below;
    name = Object.keys(at)[n % Object.keys(at).length]!;
  }
  const old = at[name];
  if (how !== 'add') delete at[name];
  const added = how === 'replace' ? name : key;
  // The length of an array is no key in JSON, and takes no other value.
  if (how === 'delete' || (Array.isArray(at) && added === 'length')) return;
  // Not by assignment: a key may be `__proto__`.
  const property = { value: how === 'rename' ? old : value, enumerable: true, configurable: true, writable: true };
  Object.defineProperty(at, added, property);
}

const isFilled = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

async function replaceFile(fs: FileSystem, file: string, bytes: Uint8Array): Promise<void> {
  await fs.unlink(file);
  const made = await fs.create(file);
  for (let at = 0; at < bytes.length; ) at += await made.write(bytes.subarray(at));
}

const bytesOf = (json: unknown) => Buffer.from(JSON.stringify(json));

/** A consolidated file that fits its own hash: whoever lies, lies well. */
function encode(metadata: Json): Buffer {
  return bytesOf({ zarr_consolidated_format: 1, sha256: sha256(bytesOf(metadata)), metadata });
}

/** Everything that reads or takes over a run; each answers, or throws a tagged error that names the run. */
async function tryAll(fileSystem: MemoryFileSystem): Promise<void> {
  const run = await attempt(() => openRun(path, fileSystem));
  if (run) await tryReaders(run);
  const opened = await attempt(() => openRunToWrite(path, { keep: 0, fileSystem }));
  if (!opened) return;
  const { writer, recovery } = opened;
  await attempt(() => trainTo(writer, (recovery.position?.step ?? 0) + 2));
  await writer.close();
}

async function tryReaders(run: Run): Promise<void> {
  await attempt(async () => run.plan);
  const arrays = await attempt(() => run.listArrays());
  if (arrays) {
    const summary = await attempt(() => summarize(run, arrays));
    if (summary) formatSummary(summary);
    formatTree(run, arrays);
  }
  await attempt(() => run.verify());
  await attempt(() => run.readMetrics());
  await attempt(() => run.readSample(0));
  await attempt(() => run.readSample(2));
  run.engineAt(12);
  for (const step of run.checkpoints) {
    await attempt(async () => run.checkpointAttributes(step));
    await attempt(() => run.readCheckpoint(step));
    await attempt(() => run.readCheckpoint(step, { verify: false }));
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  const before = process.memoryUsage().arrayBuffers;
  try {
    return await work();
  } catch (error) {
    assert.ok(error instanceof GanDistError, error instanceof Error ? error.stack : String(error));
    assert.match(error.message, /^[^\n]*\/run\.zarr|^samples|^metrics|^checkpoints/, 'names what is wrong');
    return undefined;
  } finally {
    assert.ok(process.memoryUsage().arrayBuffers - before < 200e6, 'no memory for what is only claimed');
  }
}

test('whatever the consolidated metadata claim, the answer is a run or a tagged error', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...keys),
      fc.array(change, { minLength: 1, maxLength: 2 }),
      async (key, changes) => {
        const fs = original.after('kept');
        const metadata = structuredClone(consolidated);
        for (const one of changes) apply(one.way.length === 0 ? metadata : metadata[key], one);
        await replaceFile(fs, `${path}/.zmetadata`, encode(metadata));
        await tryAll(fs);
      },
    ),
    { numRuns },
  );
});

test('whatever a run claims of its model, the answer is a run or a tagged error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), async changes => {
      const fs = original.after('kept');
      const metadata = structuredClone(consolidated);
      const { model, ...rest } = metadata['.zattrs'];
      const claimed: Json = { model };
      for (const one of changes) apply(claimed, { ...one, way: [0, ...one.way] });
      metadata['.zattrs'] = { ...rest, ...claimed };
      await replaceFile(fs, `${path}/.zmetadata`, encode(metadata));
      await tryAll(fs);
    }),
    { numRuns },
  );
});

test('whatever the single metadata files claim where there is no other word, the answer is a run or a tagged error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...keys), change, async (key, one) => {
      const fs = original.after('kept');
      await fs.unlink(`${path}/.zmetadata`);
      const json = structuredClone(consolidated[key]);
      apply(json, one);
      await replaceFile(fs, `${path}/${key}`, bytesOf(json));
      await tryAll(fs);
    }),
    { numRuns },
  );
});

test('whatever bytes a metadata file has, the answer is a run or a tagged error', async () => {
  const files = ['.zmetadata', ...keys];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...files), fc.nat(), fc.nat(255), fc.nat(4), async (key, at, byte, how) => {
      const fs = original.after('kept');
      const bytes = Buffer.from(await fs.readFile(`${path}/${key}`));
      const place = at % bytes.length;
      const damaged = [
        bytes.subarray(0, place),
        Buffer.concat([bytes.subarray(0, place), Buffer.of(byte), bytes.subarray(place + 1)]),
        Buffer.concat([bytes, Buffer.of(byte)]),
        Buffer.concat([Buffer.alloc(place, '['), bytes]),
        Buffer.alloc(at % 5000, byte),
      ][how]!;
      await replaceFile(fs, `${path}/${key}`, damaged);
      await tryAll(fs);
    }),
    { numRuns },
  );
});

/** The run with some keys of its consolidated metadata changed. */
async function withMetadata(changes: Record<string, Json>): Promise<MemoryFileSystem> {
  const fs = original.after('kept');
  const metadata = structuredClone(consolidated);
  for (const [key, json] of Object.entries(changes)) metadata[key] = { ...metadata[key], ...json };
  await replaceFile(fs, `${path}/.zmetadata`, encode(metadata));
  await fs.unlink(`${path}/.zattrs`);
  return fs;
}

const wrongAttributes = `${path}/.zattrs is damaged: attributes of a run are missing or of the wrong type`;
for (const [what, changed] of [
  ['an event that is none', { events: [null] }],
  ['an event without a message', { events: [{ step: 1, time: '', kind: 'retry' }] }],
  ['rows without end', { rows: { metrics: 2 ** 50, samples: 3 } }],
  ['samples without end', { rows: { metrics: 12, samples: 2 ** 50 } }],
  ['a commit that is no number', { commit: '1' }],
  ['a checkpoint without a manifest', { latest: { step: 12, epoch: 1, batch: 2 } }],
] as const) {
  test(`${what} in the attributes of a run is refused`, async () => {
    const fs = await withMetadata({ '.zattrs': changed });
    await assert.rejects(openRun(path, fs), { name: 'StoreError', message: wrongAttributes });
  });
}

for (const [what, model, problem] of [
  ['that is no record', null, 'the description of the model expects a record, found null'],
  [
    'without a latent size',
    { ...reference, latentSize: undefined },
    'latentSize of the model expects a whole number from 1 on, found nothing',
  ],
  [
    'with a layer of a kind that is not known',
    { ...reference, discriminator: [{ kind: 'attention' }] },
    `layer 1 of the discriminator: kind of the model expects ${Object.keys(layerKinds).join(', ')}, found "attention"`,
  ],
  ['that does not fit together', { ...reference, discriminator: [] }, 'the discriminator has no layers'],
] as const) {
  test(`a model ${what} is refused, and its file named; what does not need it is read`, async () => {
    const fs = await withMetadata({ '.zattrs': { model } });
    const file = `${path}/.zattrs`;
    const error = {
      name: 'StoreError',
      message: `${file} is damaged, or of a later gan-dist: ${problem}`,
      path: file,
    };
    const run = await openRun(path, fs);
    assert.throws(() => run.plan, error);
    await assert.rejects(run.readSample(0), error);
    assert.equal((await run.readMetrics()).step.length, 12);
    assert.ok((await run.readCheckpoint()).has('generator/dense_1/kernel'));
    await assert.rejects(openRunToWrite(path, { keep: 0, fileSystem: fs }), error);
  });
}

test('a single file whose numbers are none disagrees with the consolidated metadata', async () => {
  const none = { toString: 1, valueOf: 1 };
  for (const [key, changed] of [
    ['.zattrs', { commit: none }],
    ['metrics/d_loss/.zarray', { shape: [none] }],
    ['samples/grid/.zarray', { shape: [none, 84, 56] }],
  ] as const) {
    const fs = original.after('kept');
    await replaceFile(fs, `${path}/${key}`, bytesOf({ ...consolidated[key], ...changed }));
    assert.deepEqual(await (await openRun(path, fs)).verify(), [
      { path: `${path}/${key}`, message: `${path}/${key} disagrees with the consolidated metadata`, harmless: false },
    ]);
  }
});

test('a checkpoint that does not say where it stands is shown as that, and refused where it is asked', async () => {
  const key = 'checkpoints/00000012/.zattrs';
  for (const place of [{ epoch: { toString: 1, valueOf: 1 } }, { batch: -1 }, { step: '12' }]) {
    const run = await openRun(path, await withMetadata({ [key]: place }));
    const lines = formatTree(run, await run.listArrays()).split('\n');
    assert.match(
      lines.find(line => line.includes('00000012'))!,
      / damaged: its \.zattrs does not say where it stands; 4 arrays, /,
    );
    assert.match(lines.find(line => line.includes('00000005'))!, / next: epoch 0, batch 5; 4 arrays, /);
    assert.throws(() => run.checkpointAttributes(12), {
      name: 'CheckpointError',
      message: `${path}/${key} is damaged: step, epoch or batch is missing or of the wrong type`,
      path: `${path}/${key}`,
    });
  }
});

test('metrics of another type or length than the format has are refused, and named', async () => {
  for (const [changed, found] of [
    [{ dtype: '<u8', fill_value: null }, '[12] of <u8'],
    [{ shape: [0] }, '[0] of <f4'],
    [{ shape: [12, 1], chunks: [1024, 1] }, '[12,1] of <f4'],
  ] as const) {
    const run = await openRun(path, await withMetadata({ 'metrics/d_loss/.zarray': changed }));
    const message = `${path}/metrics/d_loss/.zarray is damaged: expected [12] of <f4, found ${found}`;
    await assert.rejects(run.readMetrics(), { name: 'StoreError', message });
  }
});

test('a grid that claims gigabytes is refused, to read and to go on', async () => {
  const fs = await withMetadata({
    'samples/grid/.zarray': { shape: [3, 2 ** 16, 2 ** 14], chunks: [1, 2 ** 16, 2 ** 14] },
  });
  const message = `${path}/samples/grid/.zarray is damaged: its shape [3,65536,16384] is not [step, y, x] of a grid`;
  await assert.rejects((await openRun(path, fs)).readSample(0), { name: 'StoreError', message });
  await assert.rejects(openRunToWrite(path, { keep: 0, fileSystem: fs }), { name: 'StoreError', message });
});

test('an array that claims four billion chunks is not looked for to the end', async () => {
  const fs = await withMetadata({ 'metrics/saturation/.zarray': { shape: [2 ** 32], chunks: [1] } });
  const problems = await (await openRun(path, fs)).verify();
  const last = `metrics/saturation may have more problems: 1000 are enough`;
  assert.equal(problems.filter(({ message }) => message === last).length, 1);
});

test('metadata nested without end are damage, not the end of the stack', async () => {
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  const fs = original.after('kept');
  await replaceFile(fs, `${path}/.zmetadata`, Buffer.from(deep));
  const damage = `${path}/.zmetadata is damaged: it is nested more than 64 levels deep`;
  assert.equal((await openRun(path, fs)).damage, damage);
  await replaceFile(fs, `${path}/metrics/.zattrs`, Buffer.from(deep)).catch(() => {});
  await replaceFile(fs, `${path}/metrics/step/.zattrs`, Buffer.from(deep));
  const message = `${path} cannot be opened: ${damage}, and ${path}/metrics/step/.zattrs is damaged: it is nested more than 64 levels deep; put one of the two back from a copy (nothing was changed)`;
  await assert.rejects(openRun(path, fs), { name: 'StoreError', message });
});

test('brackets in the text of an event are no nesting', async () => {
  const event = { step: 1, time: '', kind: 'retry', message: '{["\\"'.repeat(100) };
  const fs = await withMetadata({ '.zattrs': { events: [event] } });
  assert.deepEqual((await openRun(path, fs)).attributes.events, [event]);
});

test('a metadata file that is too large is not read', async () => {
  const fs: FileSystem = original.after('kept');
  const { entry, readFile } = fs;
  fs.entry = async file => ({ ...(await entry.call(fs, file)), ...(file.endsWith('.zmetadata') && { bytes: 1e12 }) });
  fs.readFile = async file => (file.endsWith('.zmetadata') ? assert.fail('it is read') : readFile.call(fs, file));
  const damage = `${path}/.zmetadata is damaged: it has 1000000000000 bytes, and at most 536870912 are expected`;
  assert.equal((await openRun(path, fs)).damage, damage);
});

test('a link in the place of a metadata file or a chunk leads nowhere', {
  skip: process.platform === 'win32',
}, async t => {
  const folder = await makeFolder(t);
  const run = join(folder, 'run.zarr');
  await makeClosedRun(run, [5]);
  for (const key of ['.zmetadata', 'metrics/d_loss/0']) {
    await rm(join(run, key));
    await symlink('/dev/zero', join(run, key));
  }
  const opened = await openRun(run);
  assert.equal(opened.damage, `${run}/.zmetadata is not a regular file`);
  const messages = (await opened.verify()).map(({ message }) => message);
  assert.ok(messages.includes(`${run}/metrics/d_loss/0 is not a regular file`), messages.join('\n'));
  const { recovery, writer } = await openRunToWrite(run, { keep: 0 });
  await writer.close();
  assert.ok(recovery.problems.some(({ path }) => path === `${run}/metrics/d_loss/0`));
});

test('a checkpoint whose manifest or arrays lead nowhere is not good, and an older one is taken', async () => {
  const attributes = consolidated['checkpoints/00000012/.zattrs'];
  const entry = { bytes: 1, sha256: '' };
  const cases: Record<string, Json>[] = [
    { 'checkpoints/00000012/.zattrs': { manifest: { ...attributes.manifest, '../../../etc/passwd': entry } } },
    { 'checkpoints/00000012/.zattrs': { epoch: '1' } },
    { 'checkpoints/00000012/generator/dense_1/bias/.zarray': { shape: [2 ** 40, 2 ** 40] } },
  ];
  for (const changed of cases) {
    const { writer, recovery } = await openRunToWrite(path, { keep: 0, fileSystem: await withMetadata(changed) });
    await writer.close();
    assert.equal(recovery.position?.step, 5);
  }
});
