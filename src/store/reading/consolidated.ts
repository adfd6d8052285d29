/** `.zmetadata`: one file with the metadata of the whole run, under a hash of their own. */
import { StoreError } from '../../shared/errors.js';
import { checkpointsGroup, generatorsGroup } from '../layout.js';
import { sha256 } from '../zarr/chunks.js';
import { isObject, type JsonObject, type Metadata, parseJsonObject } from '../zarr/zarrMetadata.js';

const groupOrder = ['metrics', 'samples', checkpointsGroup, generatorsGroup];
const placeOf = (key: string): number => groupOrder.indexOf(key.split('/')[0]!);

/** A group's members stand together: zarr-python 3.1 does not find all of them otherwise. */
export function encodeConsolidated(metadata: Metadata): Uint8Array {
  const entries = Object.fromEntries([...metadata].sort(([a], [b]) => placeOf(a) - placeOf(b)));
  const body = JSON.stringify(entries);
  return Buffer.from(`{"zarr_consolidated_format":1,"sha256":"${sha256(Buffer.from(body))}","metadata":${body}}\n`);
}

/** @throws StoreError when they are not whole, or name what is no place in a store */
export function parseConsolidated(bytes: Uint8Array, path: string): Metadata {
  const json = parseJsonObject(bytes, path);
  const { metadata } = json;
  if (!isObject(metadata) || !Object.values(metadata).every(isObject)) throw new StoreError(`${path} is damaged`, path);
  // Other programs may write the file anew, without our hash.
  if (json.sha256 !== undefined && json.sha256 !== sha256(Buffer.from(JSON.stringify(metadata))))
    throw new StoreError(`${path} is damaged: it does not match its own SHA-256`, path);
  for (const key of Object.keys(metadata)) assertSafeKey(key, path);
  return new Map(Object.entries(metadata) as [string, JsonObject][]);
}

/** Whether a key leads to a place in the store. */
export const isSafeKey = (key: string): boolean =>
  key.split('/').every(part => part !== '' && part !== '.' && part !== '..' && !/[\\\0:]/.test(part));

function assertSafeKey(key: string, path: string): void {
  if (!isSafeKey(key))
    throw new StoreError(`${path} is damaged: it names ${JSON.stringify(key)}, which is no path in a store`, path);
}
