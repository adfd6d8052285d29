/**
 * The record beside the addon of what set-up last found working: the addon by size and time, and the library it is linked
 * to. Comparing it takes milliseconds, loading the engine a third of a second. `describeEngine` reads its `tensorflow`.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cachedAddon } from './addon.mjs';
import { isWhole } from './library.mjs';

const stampFile = target => join(dirname(target), 'gan-dist.json');

export function isInPlace(tfjsNode, target) {
  const stamp = readStamp(target);
  const found = statSync(target, { throwIfNoEntry: false });
  if (!stamp || found?.size !== stamp.size || found.mtimeMs !== stamp.mtimeMs) return false;
  if (stamp.library === undefined) return true;
  return isWhole(stamp.library) && stamp.addon === basename(cachedAddon(stamp.library, tfjsNode));
}

export function readStamp(target) {
  try {
    return JSON.parse(readFileSync(stampFile(target), 'utf8'));
  } catch {
    return undefined;
  }
}

export function writeStamp(target, facts) {
  const { size, mtimeMs } = statSync(target);
  const temporary = `${stampFile(target)}.tmp-${process.pid}`;
  writeFileSync(temporary, JSON.stringify({ ...facts, size, mtimeMs }));
  renameSync(temporary, stampFile(target));
}
