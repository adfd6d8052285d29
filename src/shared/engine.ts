/**
 * The engine: @tensorflow/tfjs-node, one package in every worker thread. Loading it takes a third
 * of a second and most of a worker's memory, so nothing here loads it but `loadEngine`; the
 * coordinator only prepares its environment.
 */
import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { arithmetic } from './arithmetic.js';
import type { EngineChange, EngineDescription } from './engineDescription.js';
import { EngineError } from './errors.js';
import { keepLibraries } from './keepLibraries.js';
import { ganDist } from './program.js';

export type Engine = typeof import('@tensorflow/tfjs-node');

const require = createRequire(import.meta.url);
const setUp = `Run "${ganDist} setup" (in a clone: "npm run setup"); "${ganDist} doctor" shows what is wrong.`;

/**
 * Sets what TensorFlow reads from the process environment when it is loaded. Call it in the main
 * thread, before the first worker starts: a worker's `process.env` is a copy that the C library
 * never sees.
 *
 * One intra-op thread means that TensorFlow has no pool and runs each op on the thread that calls
 * it: this is what makes a slice's arithmetic the same everywhere, and what lets workers scale. It
 * overrides what the user has set.
 * @throws {EngineError} in another runtime than Node
 */
export function prepareEngineEnvironment(): void {
  assertNode();
  process.env.TF_NUM_INTRAOP_THREADS = '1';
  process.env.TF_CPP_MIN_LOG_LEVEL = '3';
  process.env.TF_ENABLE_ONEDNN_OPTS = oneDnn();
}

/** What else runs JavaScript has other exponentials: `gan-dist` does not start there (scripts/setup/runtime.mjs). */
function assertNode(): void {
  const name = (['bun', 'deno'] as const).find(each => process.versions[each] !== undefined);
  if (name === undefined) return;
  throw new EngineError(
    `gan-dist trains in Node alone, and this is ${name} ${process.versions[name]}: its runs would not have the same bytes`,
  );
}

/**
 * TensorFlow takes oneDNN's kernels by itself only on processors with AVX-512; they are faster than
 * its own on older ones too.
 */
const oneDnn = (): string => process.env.TF_ENABLE_ONEDNN_OPTS ?? '1';

/**
 * Loads TensorFlow into this thread, or returns it if it is loaded.
 * @throws {EngineError} when the addon is missing, damaged, or not for this machine.
 */
export function loadEngine(): Engine {
  restoreOldUtil();
  try {
    return keepLibraries(() => require('@tensorflow/tfjs-node'));
  } catch (error) {
    const what = describeForeignLibrary() ?? `${reasonOf(error)}. ${setUp}`;
    throw new EngineError(`TensorFlow could not be loaded: ${what}`, { cause: error });
  }
}

/**
 * Whether set-up was made by another user, in a folder that this one may not read; undefined if it was not. As in an
 * image that root has built.
 */
export function describeForeignLibrary(): string | undefined {
  const library = readStamp()?.library;
  if (!library || isReadable(library)) return undefined;
  return `it is in ${library}, which this user (${process.getuid?.()}) may not read. Set it up with XDG_CACHE_HOME=/opt/cache, or another folder that every user may read, when the image is built or gan-dist is installed (docs/containers.md)`;
}

function isReadable(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EACCES';
  }
}

/** tfjs-node 4.22 calls two functions that Node 22 warns about; Node 23 removed the first (tensorflow/tfjs#8609). */
function restoreOldUtil(): void {
  const util = require('node:util');
  util.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  util.isArray = Array.isArray;
}

/** Which engine would make the numbers on this machine, without loading it. */
export function describeEngine(): EngineDescription {
  return {
    name: 'tfjs-node',
    version: packageVersion() ?? 'missing',
    tensorflow: readStamp()?.tensorflow ?? 'unknown',
    platform: `${platform()}-${arch()}`,
    cpu: cpus()[0]?.model.trim() || 'unknown',
    arithmetic,
    instructionSets: instructionSets(),
    environment: {
      TF_ENABLE_ONEDNN_OPTS: oneDnn(),
      ...Object.fromEntries(
        Object.entries(process.env).filter((entry): entry is [string, string] => /^ONEDNN_\w+$/.test(entry[0])),
      ),
    },
  };
}

/** As it comes back from a run. */
type DescribedEngine = { readonly [Key in keyof EngineDescription]?: unknown };

/** In what two engines differ: descriptions, as a run holds them. */
export function listEngineChanges(before: DescribedEngine, after: DescribedEngine): EngineChange[] {
  const show = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
  const valueIn = (engine: DescribedEngine, key: Key) => engine[key] ?? (key === 'arithmetic' ? 1 : undefined);
  return (Object.entries(engineFields) as [Key, string][])
    .map(([key, name]) => ({ name, before: show(valueIn(before, key)), after: show(valueIn(after, key)) }))
    .filter(change => change.before !== change.after);
}

type Key = keyof EngineDescription;
const engineFields: Readonly<Record<Key, string>> = {
  name: 'engine',
  version: 'version of the engine',
  tensorflow: 'TensorFlow',
  platform: 'platform',
  cpu: 'processor',
  instructionSets: 'instruction sets',
  environment: 'environment',
  arithmetic: 'arithmetic of gan-dist',
};

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'MODULE_NOT_FOUND') return 'the package @tensorflow/tfjs-node is not installed';
  if (message.includes('can not be found at path')) return 'its addon is not there (tfjs_binding.node)';
  return (message.split('\n')[0] ?? '').replace(/\.$/, '');
}

function packageVersion(): string | undefined {
  return readJson(() => require.resolve('@tensorflow/tfjs-node/package.json'))?.version;
}

/** From the record that set-up leaves beside the addon. */
function readStamp(): Record<string, string> | undefined {
  const folder = () => dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
  return readJson(() => join(folder(), 'lib/napi-v8/gan-dist.json'));
}

function readJson(locate: () => string): Record<string, string> | undefined {
  try {
    return JSON.parse(readFileSync(locate(), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Linux says; on Apple silicon all of them are alike. */
function instructionSets(): string[] {
  if (platform() !== 'linux') return [];
  const known = /^(avx|avx2|fma|avx_vnni|avx512\w*|amx_\w+|neon|asimd|asimddp|bf16|i8mm|sve\w*)$/;
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  return line.split(' ').filter(flag => known.test(flag));
}
