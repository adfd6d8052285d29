/**
 * Files that nobody should trust: whatever their bytes, a DataError of one line, in time and memory
 * that a small file is worth. `GAN_DIST_PROPERTY_RUNS=5000` draws more of them.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deflateRawSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { planModel, referencePlan } from '../../src/model/plan.js';
import { decodeHdf5Aside } from '../../src/modelFiles/decodeHdf5Aside.js';
import { readHdf5, writeHdf5 } from '../../src/modelFiles/hdf5.js';
import { decodeKeras, encodeKeras } from '../../src/modelFiles/keras.js';
import { decodeKerasH5 } from '../../src/modelFiles/kerasH5.js';
import { limitsOf } from '../../src/modelFiles/limits.js';
import { decodeNpz, encodeNpz } from '../../src/modelFiles/npz.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/modelFiles/safetensors.js';
import { decodeTfjs } from '../../src/modelFiles/tfjs.js';
import { readWeights } from '../../src/modelFiles/tfjsWeights.js';
import { openZip } from '../../src/modelFiles/zip.js';
import { DataError } from '../../src/shared/errors.js';
import { small as smallModel } from '../model/otherModels.js';
import { packageRoot } from '../packageRoot.js';
import { someState } from './someState.js';

const plan = referencePlan();
const smallPlan = planModel(smallModel);
const { unpackedBytes } = limitsOf(plan);
// The same draws every time: some damage of an HDF5 file keeps its library busy for ever (decodeHdf5Aside.ts).
const numRuns = Number(process.env.GAN_DIST_PROPERTY_RUNS || 200);
const small = new Map([
  ['a', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
  ['b', { shape: [3], data: Float32Array.of(5, 6, 7) }],
]);
const readNpz = (bytes: Uint8Array) => decodeNpz(openZip(bytes, 'FILE', unpackedBytes), 'FILE');
const readSafetensors = (bytes: Uint8Array) => decodeSafetensors(bytes, 'FILE');
const zip = (files: Record<string, Uint8Array>) => Buffer.from(zipSync(files, { level: 0 }));
const fails = (read: () => unknown, message: string) =>
  assert.throws(read, { name: 'DataError', message: `FILE${message}` });

function safetensors(header: unknown, numbers = Buffer.alloc(16)): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, numbers]);
}

test('a .safetensors with lengths, offsets or types that cannot be', () => {
  const whole = Buffer.from(encodeSafetensors(small, {}));
  const tensor = { dtype: 'F32', shape: [4], data_offsets: [0, 16] };
  const long = Buffer.from(whole);
  long.writeBigUInt64LE(2n ** 63n);
  for (const [bytes, message] of [
    [Buffer.alloc(3), ' is damaged or no .safetensors: its header would have Infinity bytes, the file has 3'],
    [
      long,
      ` is damaged or no .safetensors: its header would have 9223372036854776000 bytes, the file has ${whole.length}`,
    ],
    [whole.subarray(0, -1), ' is damaged: "b" ends at byte 28 of 27: the file is cut off'],
    [safetensors('{"a":'), ' is damaged: its header is no JSON'],
    [safetensors('[]'), ' is damaged: expected a JSON object as its header'],
    [safetensors({ a: 1 }), ' is damaged: "a" has no type and shape'],
    [safetensors({ a: { ...tensor, shape: [2 ** 40, 2 ** 40] } }), ' is damaged: "a" has no type and shape'],
    [safetensors({ a: { ...tensor, shape: [-4] } }), ' is damaged: "a" has no type and shape'],
    [safetensors({ a: { ...tensor, shape: [5] } }), ' is damaged: "a" has 16 bytes, expected 20'],
    [safetensors({ a: { ...tensor, data_offsets: [16, 0] } }), ' is damaged: "a" has no offsets in the file'],
    [
      safetensors({ a: { ...tensor, data_offsets: [0, 2 ** 50] } }),
      ' is damaged: "a" ends at byte 1125899906842624 of 16: the file is cut off',
    ],
  ] as const) {
    fails(() => readSafetensors(bytes), message);
  }
});

test('a zip bomb is not unpacked, whether its directory tells of it or not', () => {
  const bomb = Buffer.from(zipSync({ 'a.npy': [new Uint8Array(2 ** 20), { level: 9 }] }));
  const directory = bomb.indexOf('PK\x01\x02', 'latin1');
  const honest = Buffer.from(bomb);
  honest.writeUInt32LE(2 ** 32 - 1, directory + 24);
  fails(
    () => readNpz(honest),
    ' is damaged: its entry "a.npy" unpacks to 4294967295 bytes: more than 536870912 are no model',
  );
  const lying = Buffer.from(bomb);
  lying.writeUInt32LE(1000, directory + 24);
  fails(() => readNpz(lying), ' is damaged: its entry "a.npy" cannot be unpacked, or to more than it says');
});

test('many entries that share their bytes are no way around the limit', () => {
  const one = deflateRawSync(Buffer.alloc(1000));
  const names = Array.from({ length: 5 }, (_, i) => `${i}.npy`);
  const header = (name: string, signature: string, more: number[]) => {
    const head = Buffer.alloc(more.length > 0 ? 46 : 30);
    head.write(signature, 'latin1');
    return Buffer.concat([head, Buffer.from(name)]);
  };
  const local = header('x', 'PK\x03\x04', []);
  local.writeUInt16LE(1, 26);
  const entries = names.map(name => {
    const entry = header(name, 'PK\x01\x02', [1]);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(one.length, 20);
    entry.writeUInt32LE(2 ** 27, 24);
    entry.writeUInt16LE(name.length, 28);
    return entry;
  });
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(local.length + one.length, 16);
  const archive = openZip(Buffer.concat([local, one, ...entries, end]), 'FILE', unpackedBytes);
  assert.equal(archive.names.length, 5);
  const readAll = () => {
    for (const name of archive.names) {
      try {
        archive.read(name);
      } catch (error) {
        if (!/has 1000 bytes, expected/.test((error as Error).message)) throw error;
      }
    }
  };
  fails(readAll, ' is damaged: its entry "4.npy" unpacks to 134217728 bytes: more than 536870912 are no model');
});

test('a zip that is cut off, or whose entry has another bit, is told', () => {
  const whole = Buffer.from(encodeNpz(small));
  fails(() => readNpz(whole.subarray(0, -1)), ' is cut off or no zip: its directory is missing');
  const changed = Buffer.from(whole);
  changed[changed.indexOf('NUMPY') + 120]! ^= 1;
  fails(() => readNpz(changed), ' is damaged: its entry "a.npy" does not match its CRC-32');
});

test('a .npy that numpy would not take, or that is of another kind', () => {
  const npy = (header: string, numbers = 16) => {
    const head = Buffer.from(`\x93NUMPY\x01\x00..${header}\n`, 'latin1');
    head.writeUInt16LE(head.length - 10, 8);
    return zip({ 'a.npy': Buffer.concat([head, Buffer.alloc(numbers)]) });
  };
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
  assert.deepEqual(readNpz(npy(header)).get('a')!.shape, [2, 2]);
  fails(() => readNpz(zip({ 'a.npy': Buffer.from('text') })), ' is damaged: "a.npy" is no .npy');
  fails(() => readNpz(npy(header, 12)), ' is damaged: "a.npy" has 12 bytes, expected 16');
  fails(() => readNpz(npy(header.replace('2, 2', '2, x'))), ' is damaged: "a.npy" has no header of a .npy');
  fails(() => readNpz(npy(header.replace('False', 'True'), 12)), ' is damaged: "a.npy" has 12 bytes, expected 16');
});

test('a tfjs model names only files beside it, and no numbers that are not there', async () => {
  const topology = { class_name: 'Sequential', config: { name: 'x', layers: [] } };
  const read = (weightsManifest: unknown, modelTopology: unknown = topology) =>
    decodeTfjs({ modelTopology, weightsManifest }, async () => new Uint8Array(8), plan.model, 'generator', 'FILE');
  await assert.rejects(read([]), {
    message: 'FILE is not the generator of this model: expected Dense 1024 as its operation 1, found nothing more',
  });
  await assert.rejects(read([], { class_name: 'Lambda' }), {
    message: 'FILE: expected a Sequential or Functional model, found "Lambda"',
  });
});

test('a web page in the place of the numbers of a tfjs model is called that', async () => {
  const weights = [{ name: 'dense/kernel', shape: [1000], dtype: 'float32' }];
  const readPart = async () => Buffer.from('<!DOCTYPE html><title>404</title>');
  await assert.rejects(readWeights([{ paths: ['weights.bin'], weights }], readPart, 'FILE'), {
    name: 'DataError',
    message: 'FILE: what is in the place of its weights is a web page (HTML)',
  });
});

test('HDF5 that is damaged is told, and the next file is read all the same', async () => {
  const state = someState();
  const keras = await encodeKeras(plan, 'discriminator', state, { learningRate: 0.001, momentum: 0.9, iterations: 1 });
  const archive = openZip(keras, 'FILE', unpackedBytes);
  const weights = archive.read('model.weights.h5');
  const read = (changed: Uint8Array) =>
    decodeKeras(
      { names: archive.names, read: name => (name === 'model.weights.h5' ? changed : archive.read(name)) },
      plan,
      'discriminator',
      'FILE',
    );
  for (const bytes of [new Uint8Array(), weights.subarray(0, 1000), weights.subarray(0, -4096)]) {
    const answer = await read(bytes).then(
      ({ tensors }) => tensors.size,
      (error: Error) => error,
    );
    assert.ok(answer instanceof DataError || answer !== 0, String(answer));
    if (answer instanceof DataError)
      assert.match(answer.message, /^FILE\/model\.weights\.h5 is damaged or no HDF5: [^\n]+$/);
  }
  assert.equal((await read(weights)).tensors.size, 16);
});

test('HDF5 with other bits and of another length is read or refused, too', async () => {
  const whole = await writeHdf5(new Map([['layers/dense/vars/0', { shape: [3], data: Float32Array.of(1, 2, 3) }]]));
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(changes, fc.nat(), async (changes, cut) => {
      const bytes = whole.slice();
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const part = cut % 4 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
      const answer = await readHdf5(part, 'FILE', limitsOf(plan), file => file.readTensor('layers/dense/vars/0')).catch(
        (error: unknown) => error,
      );
      if (answer instanceof Error) assert.ok(answer instanceof DataError, answer.stack);
    }),
    { numRuns, seed: 1 },
  );
});

// Not of whole models: where their lists of names are damaged, the library may follow pointers without an end, which
// ends with the thread that it is in.
test('weights of Keras in HDF5 with other bits and of another length are read or refused, too', async () => {
  const files = ['3.4.1/none.weights.h5/generator.weights.h5.gz'].map(name =>
    gunzipSync(readFileSync(new URL(`tests/fixtures/keras/${name}`, packageRoot))),
  );
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...files), changes, fc.nat(), async (original, changes, cut) => {
      const bytes = Buffer.from(original);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const part = cut % 4 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
      const answer = await decodeKerasH5(part, smallPlan, 'generator', 'FILE').catch((error: unknown) => error);
      if (answer instanceof Error) assert.ok(answer instanceof DataError, answer.stack);
    }),
    { numRuns, seed: 1 },
  );
});

test('whatever the bytes, they are read or refused with a DataError of one line', async () => {
  const files: [Buffer, (bytes: Uint8Array) => unknown][] = [
    [Buffer.from(encodeSafetensors(small, { a: 'b' })), readSafetensors],
    [Buffer.from(encodeNpz(small)), readNpz],
    [Buffer.from(zipSync({ 'a.npy': Buffer.alloc(200, 'x') }, { level: 9 })), readNpz],
  ];
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...files), changes, fc.nat(), ([original, read], changes, cut) => {
      const bytes = Buffer.from(original);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      try {
        read(cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes);
      } catch (error) {
        assert.ok(error instanceof DataError, error instanceof Error ? error.stack : String(error));
        assert.match(error.message, /^FILE[^\n]+$/);
      }
    }),
    { numRuns, seed: 1 },
  );
});

test('a file that keeps the HDF5 library busy for too long is given up', async () => {
  const bytes = await encodeKeras(plan, 'discriminator', someState(), {
    learningRate: 0.001,
    momentum: 0.9,
    iterations: 1,
  });
  const task = { kind: 'keras', bytes, plan, network: 'discriminator', file: 'FILE' } as const;
  await assert.rejects(decodeHdf5Aside(task, 0.001), {
    name: 'DataError',
    message: 'FILE is damaged: its HDF5 could not be read within 0.001 s',
  });
  assert.equal((await decodeHdf5Aside(task)).tensors.size, 16);
});
