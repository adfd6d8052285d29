/**
 * The addon between Node and libtensorflow: three C++ files, ten seconds. It is N-API, so one file serves every Node
 * version; it is kept beside the library it links to, one for each version of its sources.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder, removeAbandoned } from './cache.mjs';
import { run, withProgress } from './terminal.mjs';
import { findCompiler } from './tools.mjs';

const require = createRequire(import.meta.url);
const flags = ['-O2', '-fPIC', '-std=c++17', '-DNAPI_VERSION=8'];
const linkFlags = { linux: ['-shared'], darwin: ['-bundle', '-undefined', 'dynamic_lookup'] };
const output = 'tfjs_binding.node';
const quiet = fileURLToPath(new URL('quiet.cc', import.meta.url));
const attributeNames = fileURLToPath(new URL('attributeNames.h', import.meta.url));

/** Where the compiled addon for these sources is kept; `binding` is the folder of the sources. */
export function cachedAddon(library, tfjsNode) {
  const hash = createHash('sha256').update(JSON.stringify(flags));
  const binding = join(tfjsNode, 'binding');
  for (const name of readdirSync(binding).sort()) hash.update(name).update(readFileSync(join(binding, name)));
  for (const file of [quiet, attributeNames]) hash.update(readFileSync(file));
  return join(library, 'addons', `tfjs_binding-${hash.digest('hex').slice(0, 12)}.node`);
}

/** Compiles the addon into the cache unless it is there. */
export async function provideAddon(wheel, library, tfjsNode) {
  // Here and not with the library: a set-up that finds the library whole is the usual one to follow a killed compiler.
  removeAbandoned(dirname(library));
  const addon = cachedAddon(library, tfjsNode);
  if (existsSync(addon)) return addon;
  const compiler = findCompiler();
  const temporary = makeTemporaryFolder(join(dirname(library), 'addon'));
  try {
    await withProgress(
      `engine: compiling the addon with ${compiler} (10 s)`,
      () => 'still compiling',
      () => compile(compiler, wheel, library, tfjsNode, temporary),
    );
    mkdirSync(dirname(addon), { recursive: true });
    renameSync(join(temporary, output), addon);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return addon;
}

/** Leaves `output` in the folder `temporary`. */
function compile(compiler, wheel, library, tfjsNode, temporary) {
  const binding = join(tfjsNode, 'binding');
  const backend = join(temporary, 'tfjs_backend.cc');
  writeFileSync(backend, threadSafe(readFileSync(join(binding, 'tfjs_backend.cc'), 'utf8')));
  const includes = [tfjsNode, binding, nodeHeaders(), join(library, 'tensorflow/include')].map(folder => `-I${folder}`);
  const sources = [backend, join(binding, 'tfjs_binding.cc')];
  if (process.platform === 'linux') sources.push(quiet);
  const libraries = wheel.libraries.map(name => join(library, 'tensorflow', name));
  const link = [...linkFlags[process.platform], `-Wl,-rpath,${join(library, 'tensorflow')}`];
  const args = [...flags, ...includes, '-include', attributeNames, ...sources, ...libraries, ...link];
  return run(compiler, [...args, '-o', join(temporary, output)]);
}

/** tfjs-node's backend with a lock around the one thing that its threads share. */
function threadSafe(source) {
  const shared = 'static std::set<std::string> ATTR_NAME_SET;';
  if (source.split(shared).length !== 2) throw new Error(`tfjs_backend.cc does not declare "${shared}" once`);
  return source.replace(shared, 'static AttributeNames ATTR_NAME_SET;');
}

/** Puts the addon where tfjs-node looks for it, whole or not at all. */
export function installAddon(addon, target) {
  mkdirSync(dirname(target), { recursive: true });
  const temporary = `${target}.tmp-${process.pid}`;
  copyFileSync(addon, temporary);
  renameSync(temporary, target);
}

function nodeHeaders() {
  return join(dirname(require.resolve('node-api-headers/package.json')), 'include');
}
