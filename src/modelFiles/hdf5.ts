/**
 * HDF5 in memory, by the HDF Group's own library in WebAssembly (h5wasm): what Keras keeps weights in. Nothing that a
 * file says reaches a file of this machine: the library sees a file system of its own, with this one file.
 */
import { DataError } from '../shared/errors.js';
import { bytesPerNumber, type FoundTensor, isShape } from './foundTensors.js';
import type { Limits } from './limits.js';

export interface WrittenDataset {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/**
 * @param datasets - by path, such as `layers/dense/vars/0`
 * @param groups - paths that are to be there also where nothing is in them
 */
export async function writeHdf5(
  datasets: ReadonlyMap<string, WrittenDataset>,
  groups: readonly string[] = [],
): Promise<Uint8Array> {
  const { h5, FS } = await loadLibrary();
  const name = 'written.h5';
  const clock = Date.now;
  try {
    // HDF5 notes when each dataset was made: the same tensors are to give the same bytes. Nobody else runs meanwhile.
    Date.now = () => 0;
    const file = new h5.File(name, 'w');
    const groupOf = (parts: readonly string[]) =>
      parts.reduce<LibraryGroup>((at, part) => (at.get(part) ?? at.create_group(part)) as LibraryGroup, file);
    for (const group of groups) groupOf(group.split('/'));
    for (const [path, { shape, data }] of datasets) {
      const parts = path.split('/');
      // A copy: of a view, the library would write all that is behind it.
      groupOf(parts.slice(0, -1)).create_dataset({
        name: parts.at(-1)!,
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

/** What is read of a file. A path may lead nowhere: a file from outside has what it has. */
export interface Hdf5File {
  /** @throws DataError when the library cannot read its numbers */
  readTensor(path: string): FoundTensor | undefined;
  /** The names in a group, sorted as the file has them; the root is ''. */
  namesIn(path: string): string[];
  isGroup(path: string): boolean;
  /** A string, or a list of them, that is noted at a group or a dataset. */
  readAttribute(path: string, name: string): unknown;
}

/**
 * Opens a file for `work`.
 * @param limits - of a dataset that is larger, no numbers are read
 * @throws DataError when the library cannot read it, or all that is read is more than the limit
 */
export async function readHdf5<T>(
  bytes: Uint8Array,
  name: string,
  { datasetBytes, unpackedBytes }: Pick<Limits, 'datasetBytes' | 'unpackedBytes'>,
  work: (file: Hdf5File) => T,
): Promise<T> {
  const library = await loadLibrary();
  const { h5, FS, takeComplaint } = library;
  const inMemory = 'read.h5';
  FS.writeFile(inMemory, bytes);
  takeComplaint();
  try {
    const file = new h5.File(inMemory, 'r');
    // The library throws nothing: it complains on its stderr.
    if (file.file_id < 0n) throw new Error(takeComplaint() ?? 'it cannot be read');
    let left = unpackedBytes;
    try {
      return work({
        readTensor(path) {
          const tensor = readDataset(file.get(path), datasetBytes, library);
          left -= tensor?.bytes.length ?? 0;
          if (left < 0) throw new Error(`more than ${unpackedBytes} bytes of it were read: no model is so large`);
          return tensor;
        },
        isGroup: path => file.get(path) instanceof h5.Group,
        namesIn(path) {
          const group = path === '' ? file : file.get(path);
          return group instanceof h5.Group ? group.keys() : [];
        },
        readAttribute(path, name) {
          const object = path === '' ? file : file.get(path);
          const isObject = object instanceof h5.Group || object instanceof h5.Dataset;
          const attribute = isObject ? object.attrs[name] : undefined;
          if (!attribute) return undefined;
          const { size, total_size: count } = attribute.metadata;
          return size * count > mostAttributeBytes ? undefined : attribute.value;
        },
      });
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

/** Keras writes 64 kB at most; the library would go through whatever a damaged file declares, string by string. */
const mostAttributeBytes = 2 ** 17;

type Library = Awaited<ReturnType<typeof loadLibrary>>;
type LibraryGroup = InstanceType<Library['h5']['Group']>;

/** HDF5's classes of numbers, and that of bytes which only the writer understands. */
const [integer, float, opaque] = [0, 1, 5];

/** Numbers are read only where there are not too many: a small file can declare any shape. */
function readDataset(object: unknown, most: number, { h5, takeComplaint }: Library): FoundTensor | undefined {
  if (!(object instanceof h5.Dataset)) return undefined;
  const { metadata } = object;
  const { size, shape, total_size: count } = metadata;
  if (!isShape(shape)) throw new Error(`${object.path} has no shape`);
  const type = nameType(metadata, object.attrs.dtype?.value);
  // What is too large has another shape than any tensor of the model: that will be said.
  if (!Object.hasOwn(bytesPerNumber, type) || size * count > most) return { shape, type, bytes: new Uint8Array() };
  // As bytes: the library has no array for numbers of 16 bits. It makes them little-endian.
  Object.defineProperty(object, 'metadata', { value: { ...metadata, type: opaque } });
  takeComplaint();
  const bytes = object.value as Uint8Array;
  const complaint = takeComplaint();
  // What could not be read is whatever was in memory.
  if (complaint !== undefined) throw new Error(`${object.path}: ${complaint}`);
  return { shape, type, bytes };
}

/**
 * Python has no type of HDF5 for bfloat16: it is written as opaque bytes, with its name beside it from Keras 3.0.5 on.
 */
function nameType({ type, size, signed }: { type: number; size: number; signed: boolean }, noted: unknown): string {
  if (noted === 'bfloat16' && size === 2) return noted;
  if (type === opaque) return size === 2 ? 'bfloat16' : `opaque numbers of ${size} bytes`;
  if (type === float) return `float${8 * size}`;
  if (type === integer) return `${signed ? '' : 'u'}int${8 * size}`;
  return `HDF5 type ${type}`;
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
  /** What the library complained of since the last time: the cause that it named first. */
  const takeComplaint = (): string | undefined => {
    const causes = Array.from(said.matchAll(/^ +#\d+: .*\(\): (.*)$/gm), ([, cause]) => cause);
    const complaint =
      said === ''
        ? undefined
        : (causes.find(cause => cause?.startsWith('required filter')) ?? causes.at(-1) ?? 'it cannot be read');
    said = '';
    return complaint;
  };
  return { h5, FS, takeComplaint };
}

const describe = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!;
