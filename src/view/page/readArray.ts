/**
 * Reads arrays of a store over HTTP, with zarrita. Metadata come from the consolidated metadata, so
 * that all are of one commit.
 */
import * as zarr from 'zarrita';
import { fromFloat16 } from '../../shared/float16.js';
import type { OpenRun, TypedArray } from './panel.js';

type Json = Readonly<Record<string, unknown>>;
type OnBytes = (bytes: number) => void;
type Entries = Readonly<Record<string, Json>>;

/** @param hashes - SHA-256 of chunks by key, the root attribute `chunks` */
export function arrayReader(
  url: string,
  metadata: Entries,
  hashes: Readonly<Record<string, string>>,
): OpenRun['readArray'] {
  const createStore = (onBytes?: OnBytes) => ({
    async get(key: string): Promise<Uint8Array | undefined> {
      const name = key.slice(1);
      if (/(^|\/)\.z[a-z]+$/.test(name)) return encodeMetadata(metadata[name]);
      return fetchChunk(url, name, hashes[name] ?? hashInManifest(metadata, name), onBytes);
    },
  });
  return async (path, rows, onBytes) => {
    const described = metadata[`${path}/.zarray`];
    if (!described) throw new Error(`This run has no ${path}.`);
    const array = await zarr.open.v2(zarr.root(createStore(onBytes)).resolve(path), { kind: 'array', attrs: false });
    const { shape } = array;
    const from = rows?.from ?? 0;
    const to = Math.max(from, Math.min(rows?.to ?? Number.POSITIVE_INFINITY, shape[0]!));
    const taken = [to - from, ...shape.slice(1)];
    // zarrita reads no array without elements.
    if (taken.includes(0)) return { shape: taken, data: new Float32Array() };
    const { data } = await zarr.get(array, [zarr.slice(from, to), ...shape.slice(1).map(() => null)]);
    return { shape: taken, data: isFloat16(described) ? fromFloat16(data as Uint16Array) : (data as TypedArray) };
  };
}

/**
 * A chunk whose hash is known is asked for by it: the server marks that answer as one that never changes. Of any other,
 * the browser asks whether it has changed.
 */
async function fetchChunk(url: string, key: string, hash: string | undefined, onBytes?: OnBytes): Promise<Uint8Array> {
  const response = await fetch(url + key + (hash ? `?h=${hash}` : ''), { cache: hash ? 'default' : 'no-cache' }).catch(
    () => undefined,
  );
  if (response?.ok) return new Uint8Array(await (onBytes ? counted(response, onBytes) : response).arrayBuffer());
  const why = !response
    ? 'the server does not answer'
    : response.status === 404
      ? 'it is missing'
      : `status ${response.status}`;
  throw new Error(`${key} of the run cannot be read: ${why}.`);
}

/** The same response, of which every part that comes is told. */
function counted(response: Response, onBytes: OnBytes): Response {
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(part, controller) {
      onBytes(part.length);
      controller.enqueue(part);
    },
  });
  return new Response(response.body?.pipeThrough(count));
}

/** Files of a checkpoint are listed in its attributes. */
function hashInManifest(metadata: Entries, key: string): string | undefined {
  const [, folder, file] = /^(\w+\/\d+)\/(.+)$/.exec(key) ?? [];
  const manifest = metadata[`${folder}/.zattrs`]?.manifest as Record<string, { sha256?: string }> | undefined;
  return manifest?.[file!]?.sha256;
}

const isFloat16 = (json: Json): boolean => json.dtype === '<f2';

/** Not every browser has float16: it is read as what it is on disk, and decoded here. */
function encodeMetadata(json: Json | undefined): Uint8Array | undefined {
  if (!json) return undefined;
  return new TextEncoder().encode(JSON.stringify(isFloat16(json) ? { ...json, dtype: '<u2', fill_value: 0 } : json));
}
