/**
 * Death at every operation of some work on files, times what of the unsynced writes is lost: all, none, each one alone,
 * all but each one, random subsets, and files torn. Very many of these leave the same files; each kind is kept once.
 */
import { createHash } from 'node:crypto';
import type { MemoryFileSystem } from './memoryFileSystem.js';
import type { Fate, Unsynced } from './unsynced.js';

/** Files as a death leaves them, and how they came about. */
export interface Remains {
  what: string;
  fs: MemoryFileSystem;
}

export interface Deaths {
  operations: number;
  /** Operations × losses. */
  cases: number;
  /** One of each kind, in order. */
  remains: Remains[];
}

type Losses = (
  things: readonly Unsynced[],
  draw: () => number,
) => Iterable<[what: string, fateOf: (thing: Unsynced) => Fate]>;

/** All rounds of the torture, or a sample that `npm test` has time for. */
export const isTorture = process.env.GAN_DIST_TORTURE === '1';

/**
 * @param work - on `fs`; it runs to its end, and what its death would leave is gathered on the way
 * @param losses - what may be lost at each operation
 * @param seen - kinds of remains that are not kept again
 */
export async function gatherDeaths(
  fs: MemoryFileSystem,
  work: () => Promise<unknown>,
  losses: Losses = allKinds,
  seen = new Set<string>(),
): Promise<Deaths> {
  const deaths: Deaths = { operations: 0, cases: 0, remains: [] };
  const look = (operation: string): void => {
    deaths.operations++;
    for (const [loss, fateOf] of losses(fs.unsynced, random(deaths.operations))) {
      const after = fs.after(fateOf);
      deaths.cases++;
      const kind = digest(after);
      if (seen.has(kind)) continue;
      seen.add(kind);
      deaths.remains.push({ what: `died before ${operation}, ${loss}`, fs: after });
    }
  };
  fs.onOperation = look;
  await work();
  fs.onOperation = undefined;
  look('the end');
  return deaths;
}

/** All of them, or in `npm test` some `most`, evenly spread. */
export function sampleOf<T>(all: readonly T[], most: number): T[] {
  const every = isTorture ? 1 : Math.max(1, all.length / most);
  return all.filter((_, i) => i === 0 || Math.floor(i / every) !== Math.floor((i - 1) / every));
}

/** Nothing is lost, or all that can be. */
export const extremes: Losses = function* () {
  yield ['all kept', () => 'kept'];
  yield ['all lost', () => 'lost'];
};

const allKinds: Losses = function* (things, draw) {
  yield* extremes(things, draw);
  for (const one of sampleOf(things, 3)) {
    yield [`lost: ${one.what}`, thing => (thing === one ? 'lost' : 'kept')];
    yield [`kept: ${one.what}`, thing => (thing === one ? 'kept' : 'lost')];
    if (!('file' in one)) continue;
    const tear = tearing(draw());
    yield [`torn: ${one.what}`, thing => (thing === one ? tear : 'kept')];
    yield [`zeros in: ${one.what}`, thing => (thing === one ? zeroing(0.5) : 'kept')];
  }
  for (let i = 0; i < (isTorture ? 40 : 2); i++) {
    const share = draw();
    const fates = new Map(things.map(thing => [thing, drawFate(thing, share, draw)]));
    const lost = things.filter(thing => fates.get(thing) !== 'kept').map(({ what }) => what);
    yield [`lost or torn: ${lost.join(', ')}`, thing => fates.get(thing)!];
  }
};

function drawFate(thing: Unsynced, share: number, draw: () => number): Fate {
  if (draw() > share) return 'kept';
  if (!('file' in thing) || draw() < 0.5) return 'lost';
  return draw() < 0.5 ? tearing(draw()) : zeroing(draw());
}

/** The file has a first part only. */
const tearing = (share: number) => (content: Uint8Array) =>
  content.subarray(0, Math.min(content.length - 1, Math.floor(share * content.length)));

/** The file has its length, but blocks at its end were never written. */
const zeroing = (share: number) => (content: Uint8Array) =>
  Uint8Array.from(content).fill(0, Math.min(content.length - 1, Math.floor(share * content.length)));

/** The same draws for the same seed: mulberry32. */
function random(seed: number): () => number {
  let state = seed * 0x9e3779b1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

const hashes = new WeakMap<Uint8Array, string>();
function hashOf(bytes: Uint8Array): string {
  const known = hashes.get(bytes) ?? createHash('sha256').update(bytes).digest('base64');
  hashes.set(bytes, known);
  return known;
}

/** Of what a reader or the next writer can tell apart: the temporary folder is only cleared, whatever is in it. */
function digest(fs: MemoryFileSystem): string {
  const files = new Set<string>();
  for (const [path, bytes] of fs.tree())
    files.add(path.includes('.tmp/') ? path.replace(/\.tmp\/.+/, '.tmp/…') : `${path} ${hashOf(bytes)}`);
  return createHash('sha256')
    .update([...files].sort().join('\n'))
    .digest('base64');
}
