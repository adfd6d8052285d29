/** The SHA-256 of a tensor's chunk, as the group that it is in lists it. */
import { attributesKey } from '../layout.js';
import { isObject, type Metadata } from '../zarr/zarrMetadata.js';

/** Groups that hold their tensors' hashes are two names deep, as `checkpoints/00000468`. */
const groupOf = (key: string): string => key.split('/').slice(0, 2).join('/');

/** @param key - of the chunk, as `checkpoints/00000468/generator/conv_1/bias/0`; undefined for one of metrics or samples */
export function hashInManifest(metadata: Metadata, key: string): string | undefined {
  const { manifest } = metadata.get(`${groupOf(key)}/${attributesKey}`) ?? {};
  const entry = isObject(manifest) ? manifest[key.slice(groupOf(key).length + 1)] : undefined;
  return isObject(entry) && typeof entry.sha256 === 'string' ? entry.sha256 : undefined;
}
