/**
 * HDF5 in memory, by the HDF Group's own library in WebAssembly (h5wasm): what Keras keeps weights in. Nothing that a
 * file says reaches a file of this machine: the library sees a file system of its own, with this one file.
 */
import { DataError } from '../shared/errors.js';
import { type FoundTensor, isShape } from './foundTensors.js';

export interface WrittenDataset {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** @param datasets - by path, such as `layers/dense/vars/0` */
export async function writeHdf5(datasets: ReadonlyMap<string, WrittenDataset>): Promise<Uint8Array> {
  const { h5, FS } = await loadLibrary();
  const name = 'written.h5';
  const clock = Date.now;
  try {
    // HDF5 notes when each dataset was made: the same tensors are to give the same bytes. Nobody else runs meanwhile.
    Date.now = () => 0;
    const file = new h5.File(name, 'w');
    for (const [path, { shape, data }] of datasets) {
      const parts = path.split('/');
      const own = parts.pop()!;
      let group: InstanceType<typeof h5.Group> = file;
      for (const part of parts) group = (group.get(part) ?? group.create_group(part)) as typeof group;
      // A copy: of a view, the library would write all that is behind it.
      group.create_dataset({
        name: own,
        data: data.slice(),
        shape: [...shape],
        dtype: data instanceof Int32Array ? '<i' : '<f',
      });
    }
    file.close();
    return FS.readFile(name);
  } finally {
    Date.now = clock;
    FS.unlink(name);
  }
}

/** Reads a dataset; undefined where there is none. */
export type ReadDataset = (path: string) => FoundTensor | undefined;

/**
 * Opens a file for `work`.
 * @param most - bytes that a dataset may have for its numbers to be read
 * @throws DataError when the library cannot read it
 */
export async function readHdf5<T>(
  bytes: Uint8Array,
  name: string,
  most: number,
  work: (read: ReadDataset) => T,
): Promise<T> {
  const { h5, FS, takeComplaint } = await loadLibrary();
  const inMemory = 'read.h5';
  FS.writeFile(inMemory, bytes);
  takeComplaint();
  try {
    const file = new h5.File(inMemory, 'r');
    // The library throws nothing: it complains on its stderr.
    if (file.file_id < 0n) throw new Error(takeComplaint());
    try {
      return work(path => readDataset(file.get(path), most, h5.Dataset));
    } finally {
      file.close();
    }
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`${name} is damaged or no HDF5: ${describe(cause)}`, name, { cause });
  } finally {
    FS.unlink(inMemory);
  }
}

type Library = Awaited<ReturnType<typeof loadLibrary>>['h5'];

/** Numbers are read only where there are not too many: a small file can declare any shape. */
function readDataset(object: unknown, most: number, Dataset: Library['Dataset']): FoundTensor | undefined {
  if (!(object instanceof Dataset)) return undefined;
  const { type, size, littleEndian, shape, total_size: count } = object.metadata;
  const isFloat = type === 1 && littleEndian && (size === 4 || size === 8);
  const name = isFloat ? `float${8 * size}` : `HDF5 type ${type} of ${size} bytes`;
  if (!isShape(shape)) throw new Error(`${object.path} has no shape`);
  if (!isFloat || size * count > most) return { shape, type: name, bytes: new Uint8Array() };
  const value = object.value;
  if (!ArrayBuffer.isView(value)) return { shape, type: name, bytes: new Uint8Array() };
  return { shape, type: name, bytes: new Uint8Array(value.buffer, value.byteOffset, value.byteLength) };
}

/** A stream of Emscripten's, which the types of h5wasm leave out. */
interface Stream {
  stream_ops: { write(stream: Stream, buffer: Int8Array, offset: number, length: number): number };
}

const maxComplaint = 10_000;

async function loadLibrary() {
  const { default: h5 } = await import('h5wasm');
  const { FS } = await h5.ready;
  const stderr = (FS as unknown as { getStream(file: number): Stream }).getStream(2);
  let said = '';
  const write: Stream['stream_ops']['write'] = (_stream, { buffer, byteOffset }, offset, length) => {
    said = (said + Buffer.from(buffer, byteOffset + offset, length)).slice(0, maxComplaint);
    return length;
  };
  stderr.stream_ops = { ...stderr.stream_ops, write };
  /** What the library said since the last time, down to the cause. */
  const takeComplaint = (): string => {
    const causes = Array.from(said.matchAll(/^ +#\d+: .*\(\): (.*)$/gm), ([, cause]) => cause);
    said = '';
    return causes.at(-1) ?? 'it cannot be read';
  };
  return { h5, FS, takeComplaint };
}

const describe = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!;
