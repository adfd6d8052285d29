/**
 * Which file has the images that a person means who names it, or a folder: what counts is the content, for Kaggle, 7-zip,
 * browsers, torchvision and EMNIST each have names of their own for it.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { describeNames } from '../shared/describeNames.js';
import { type IdxHeader, peekAtImages } from './idx.js';
import { trainImages } from './mnistFiles.js';

/** A file that begins as one of images does. */
export interface Candidate extends IdxHeader {
  readonly file: string;
  /** As it is called below the folder that was named. */
  readonly name: string;
}

export interface FoundImages {
  /** The files of training images that are nearest; more than one if it is for the content to say which. */
  readonly candidates: readonly Candidate[];
  /** What is there, in words, for who finds nothing. */
  readonly content: string;
}

/** Of torchvision: DIR/MNIST/raw. */
const mostDepth = 3;
/** Of a home folder, not all is looked through. */
const mostEntries = 10_000;
const ours = [`${trainImages.name}.gz`, trainImages.name];

/** @param place - a file, or a folder: then the folders in it count too, up to three below one another */
export async function findImages(place: string): Promise<FoundImages> {
  const kind = await kindOf(place);
  if (kind === 'file') return { candidates: [await asCandidate(place)], content: '' };
  if (kind === undefined) return { candidates: [], content: await describeMissing(place) };
  const names = (await list(place)).map(({ name }) => name);
  // The packed file first: it is the one that `data fetch` replaces if it is damaged.
  const usual = ours.find(name => names.includes(name));
  if (usual !== undefined) {
    const candidate = await asCandidate(path.join(place, usual));
    if (candidate.count > 0) return { candidates: [candidate], content: '' };
  }
  const found = await search(place);
  if (found.candidates.length > 0 || usual === undefined) return found;
  // Its own error says more.
  const isFile = (await kindOf(path.join(place, usual))) === 'file';
  return isFile ? { ...found, candidates: [await asCandidate(path.join(place, usual))] } : found;
}

async function asCandidate(file: string): Promise<Candidate> {
  const found = await peekAtImages(file);
  const header = typeof found === 'object' ? found : { count: 0, height: 0, width: 0 };
  return { file, name: path.basename(file), ...header };
}

/** Level by level: what is nearer is meant. */
async function search(place: string): Promise<FoundImages> {
  const seen: string[] = [];
  let level = await listBelow(place, [''], mostEntries);
  for (let depth = 0; depth <= mostDepth; depth++) {
    const candidates: Candidate[] = [];
    for (const { name, isFolder } of level) {
      const found = isFolder ? undefined : await peekAtImages(path.join(place, name));
      if (typeof found !== 'object') seen.push(describe(name, isFolder, found));
      else if (isOfTests(name)) seen.push(`${name} (test images)`);
      else candidates.push({ file: path.join(place, name), name, ...found });
    }
    if (candidates.length > 0) return { candidates, content: '' };
    const folders = level.filter(({ isFolder }) => isFolder).map(({ name }) => name);
    level = await listBelow(place, folders, mostEntries - seen.length);
  }
  // Files say more than the folders that they are in.
  const files = seen.filter(each => !each.endsWith(path.sep));
  return { candidates: [], content: `it has ${describeNames(files.length > 0 ? files : seen, 'nothing in it')}` };
}

/** What is in each of the folders, by its path below `place`. */
async function listBelow(place: string, folders: readonly string[], most: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const folder of folders) {
    if (entries.length >= most) break;
    const own = await list(path.join(place, folder));
    entries.push(...own.map(entry => ({ ...entry, name: path.join(folder, entry.name) })));
  }
  return entries.slice(0, most);
}

function describe(name: string, isFolder: boolean, what: string | undefined): string {
  if (isFolder) return name + path.sep;
  return what === undefined ? name : `${name} (${what})`;
}

/** Only the name says it: taken by mistake, they would train well. */
const isOfTests = (name: string): boolean => /(^|[^a-z])(t10k|test)/i.test(name) && !/train/i.test(path.basename(name));

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Sorted; without hidden ones and what macOS leaves in zips. Links are followed to what they are. */
async function list(folder: string): Promise<Entry[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const wanted = entries
    .filter(({ name }) => !name.startsWith('.') && name !== '__MACOSX')
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return Promise.all(
    wanted.map(async entry => ({
      name: entry.name,
      isFolder:
        entry.isDirectory() || (entry.isSymbolicLink() && (await kindOf(path.join(folder, entry.name))) === 'folder'),
    })),
  );
}

const kindOf = (place: string): Promise<'folder' | 'file' | undefined> =>
  stat(place).then(
    entry => (entry.isDirectory() ? 'folder' : 'file'),
    () => undefined,
  );

async function describeMissing(place: string): Promise<string> {
  const parent = path.dirname(place);
  if ((await kindOf(parent)) !== 'folder') return 'there is no such folder';
  const names = (await list(parent)).map(({ name, isFolder }) => (isFolder ? name + path.sep : name));
  return `there is no such folder or file; ${parent} has ${describeNames(names, 'nothing in it')}`;
}
