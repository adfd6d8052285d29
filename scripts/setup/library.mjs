/**
 * libtensorflow in the cache: two libraries and a few headers out of TensorFlow's Python wheel, with a manifest of their
 * sizes and hashes. Downloaded by pip (so that proxies, mirrors and certificates set up for pip are honoured) once a user.
 */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cacheFolder, discard, listAbandoned, makeTemporaryFolder, moveIntoPlace } from './cache.mjs';
import { tensorflowVersion } from './platforms.mjs';
import { megabytes, run, SetupError, say, withProgress } from './terminal.mjs';
import { findPython } from './tools.mjs';

/** The headers that the addon's sources include, of the 11,000 in the wheel. */
const headers = ['tensorflow/c', 'tensorflow/core/platform', 'tsl/platform', 'xla/tsl/c'];
const neededBytes = 1.3e9;

export function libraryFolder(wheel) {
  return join(cacheFolder(), `libtensorflow-${tensorflowVersion}-${wheel.name}`);
}

/** Whether every file of the library is there with its size: a few hundred `stat` calls. */
export function isWhole(folder) {
  const files = readManifest(folder)?.files;
  return files !== undefined && Object.entries(files).every(([name, { size }]) => sizeOf(join(folder, name)) === size);
}

/** The slow check, for a library that does not load: removes it if a byte is not as unpacked. */
export async function discardIfDamaged(folder) {
  const files = readManifest(folder)?.files ?? {};
  for (const [name, { sha256 }] of Object.entries(files)) {
    if ((await hashFile(join(folder, name)).catch(() => '')) === sha256) continue;
    say(`engine: ${join(folder, name)} is damaged, getting it again`);
    return discard(folder);
  }
}

/** Makes sure that the library is in the cache and whole. */
export async function provideLibrary(wheel) {
  const folder = libraryFolder(wheel);
  if (isWhole(folder)) return;
  mkdirSync(dirname(folder), { recursive: true });
  const python = findPython();
  const temporary = makeTemporaryFolder(folder);
  try {
    const file = adoptWheel(temporary) ?? (await downloadWheel(python, wheel, temporary));
    await unpack(python, await assertHash(file, wheel), temporary, wheel);
    if (existsSync(folder) && !isWhole(folder)) discard(folder);
    moveIntoPlace(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** What an interrupted set-up left: its finished download is used, the rest is removed. */
function adoptWheel(temporary) {
  let adopted;
  for (const abandoned of listAbandoned(dirname(temporary))) {
    const wheel = join(abandoned, 'wheel');
    const name = existsSync(wheel) && readdirSync(wheel).find(entry => entry.endsWith('.whl'));
    if (name && !adopted) {
      adopted = join(temporary, name);
      renameSync(join(wheel, name), adopted);
    }
    rmSync(abandoned, { recursive: true, force: true });
  }
  return adopted;
}

async function downloadWheel(python, wheel, temporary) {
  const { bavail, bsize } = statfsSync(temporary);
  if (bavail * bsize < neededBytes) {
    throw new SetupError(
      `TensorFlow needs ${megabytes(neededBytes)} in ${dirname(temporary)}, where ${megabytes(bavail * bsize)} are free. Free some, or set XDG_CACHE_HOME to a folder on another disk.`,
    );
  }
  const work = join(temporary, 'pip');
  const target = join(temporary, 'wheel');
  mkdirSync(work);
  const args = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--no-cache-dir',
    '--only-binary=:all:',
    '--disable-pip-version-check',
  ];
  args.push('--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312', '--platform', wheel.tag);
  args.push('--progress-bar', 'off', '--dest', target, `${wheel.requirement}==${tensorflowVersion}`);
  await withProgress(
    `engine: downloading TensorFlow ${tensorflowVersion} (${wheel.requirement}, some 250 MB)`,
    () => megabytes(largestFile(work)),
    () => run(python, args, { env: { ...process.env, TMPDIR: work } }),
  ).catch(error => {
    throw new SetupError(
      `TensorFlow could not be downloaded with pip. If pip is older than 20.3, update it with "${python} -m pip install --upgrade pip".\n${error.message}`,
    );
  });
  return join(target, readdirSync(target)[0]);
}

async function assertHash(file, wheel) {
  const found = await hashFile(file);
  if (found === wheel.sha256) return file;
  throw new SetupError(
    `The TensorFlow package that pip downloaded is not the expected one: SHA-256 ${found} instead of ${wheel.sha256}. Run this again; if it stays so, look at the index that pip is configured to use.`,
  );
}

const unpackProgram = `
import sys, zipfile
wheel, target, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith(tuple(prefixes)): archive.extract(name, target)
`;

async function unpack(python, file, temporary, wheel) {
  const libraries = wheel.libraries.map(name => `tensorflow/${name}`);
  const prefixes = [...libraries, ...headers.map(folder => `tensorflow/include/${folder}/`)];
  await withProgress(
    'engine: unpacking the library (some 850 MB)',
    () => megabytes(libraries.reduce((sum, name) => sum + (sizeOf(join(temporary, name)) ?? 0), 0)),
    () => run(python, ['-c', unpackProgram, file, temporary, ...prefixes]),
  );
  for (const name of ['pip', 'wheel']) rmSync(join(temporary, name), { recursive: true, force: true });
  rmSync(file, { force: true });
  await writeManifest(temporary, wheel);
}

async function writeManifest(folder, wheel) {
  const files = {};
  for (const path of walk(join(folder, 'tensorflow'))) {
    files[relative(folder, path)] = { size: sizeOf(path), sha256: await hashFile(path) };
  }
  const manifest = { tensorflow: tensorflowVersion, package: wheel.requirement, wheel: wheel.sha256, files };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest, null, 1));
}

function readManifest(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/** Undefined for what is not there, and for what this user may not look at. */
function sizeOf(path) {
  try {
    return statSync(path).size;
  } catch {
    return undefined;
  }
}

const largestFile = folder => Math.max(0, ...walk(folder).map(path => sizeOf(path) ?? 0));

async function hashFile(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
