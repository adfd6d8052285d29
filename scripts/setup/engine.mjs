/**
 * The engine, @tensorflow/tfjs-node, made to work: its own installer downloads from a bucket that many networks block,
 * so libtensorflow comes from TensorFlow's Python wheel and the addon is compiled here. Leaves alone what works already.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedAddon, installAddon, provideAddon } from './addon.mjs';
import { discardIfDamaged, isWhole, libraryFolder, provideLibrary } from './library.mjs';
import { findWheel, tensorflowVersion } from './platforms.mjs';
import { isInPlace, readStamp, writeStamp } from './stamp.mjs';
import { run, SetupError, say, withProgress } from './terminal.mjs';
import { findCompiler, findPython } from './tools.mjs';

const require = createRequire(import.meta.url);
const probe = fileURLToPath(new URL('probe.cjs', import.meta.url));

/** Makes the engine work; `thorough` loads it even if nothing looks wrong. Returns whether anything was missing. */
export async function setUpEngine({ thorough }) {
  const tfjsNode = dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
  const target = join(tfjsNode, 'lib/napi-v8/tfjs_binding.node');
  assertOurs(target);
  if (isInPlace(tfjsNode, target) && (!thorough || askEngine())) return false;
  if (!readStamp(target) && existsSync(target) && acceptAsIs(target)) return false;
  assertWritable(tfjsNode, dirname(target));
  const wheel = findWheel();
  if (wheel) await buildEngine(wheel, tfjsNode, target);
  else await runOwnInstaller(tfjsNode, target);
  return true;
}

/** What another user has set up in a folder that this one may not read can only be set up by that user, elsewhere. */
function assertOurs(target) {
  const library = readStamp(target)?.library;
  if (!library || !existsSync(target) || may(library, constants.R_OK) || may(dirname(target), constants.W_OK)) return;
  throw new SetupError(
    `TensorFlow is in ${library}, which this user (${process.getuid?.()}) may not read. Run set-up as the user who did it before, with XDG_CACHE_HOME=/opt/cache or another folder that every user may read (in an image: when it is built; docs/containers.md).`,
  );
}

/** Before anything is downloaded. */
function assertWritable(...folders) {
  const foreign = folders.find(folder => existsSync(folder) && !may(folder, constants.W_OK));
  if (!foreign) return;
  throw new SetupError(
    `Set-up must write into ${foreign}, and this user (${process.getuid?.()}) may not. Run it as the user to whom gan-dist belongs (in an image: when it is built; docs/containers.md).`,
  );
}

function may(path, mode) {
  try {
    accessSync(path, mode);
    return true;
  } catch (error) {
    return error.code === 'ENOENT';
  }
}

/** An addon that someone else put there, and that works, stays. */
function acceptAsIs(target) {
  const engine = askEngine();
  if (engine) writeStamp(target, { tensorflow: engine.tensorflow });
  return engine !== undefined;
}

async function buildEngine(wheel, tfjsNode, target) {
  const library = libraryFolder(wheel);
  assertTools(library, tfjsNode);
  if (!(await attempt(wheel, library, tfjsNode, target))) {
    assertPackages();
    // Something in the cache is not what was put there: check every byte, compile again, try once more.
    await discardIfDamaged(library);
    rmSync(cachedAddon(library, tfjsNode), { force: true });
    assertTools(library, tfjsNode);
    if (!(await attempt(wheel, library, tfjsNode, target))) {
      throw new SetupError(
        `TensorFlow ${tensorflowVersion} was installed in ${library}, and does not load: ${explainFailure()}`,
      );
    }
  }
  say(`engine: TensorFlow ${tensorflowVersion} works (${library})`);
}

async function attempt(wheel, library, tfjsNode, target) {
  await provideLibrary(wheel);
  installAddon(await provideAddon(wheel, library, tfjsNode), target);
  const engine = askEngine();
  if (!engine) return false;
  writeStamp(target, { tensorflow: engine.tensorflow, library, addon: basename(cachedAddon(library, tfjsNode)) });
  return true;
}

/** Some package managers hide from a package what it uses and does not list; tfjs does so with `long`. */
function assertPackages() {
  const [, name] = /Cannot find module '([^'./][^']*)'/.exec(explainFailure()) ?? [];
  if (name === undefined) return;
  throw new SetupError(
    `TensorFlow's packages use ${name}, and do not find it: install all packages into one flat node_modules ("nodeLinker: node-modules" in Yarn's .yarnrc.yml, "nodeLinker: hoisted" in pnpm-workspace.yaml), then run this again.`,
  );
}

/** Asks for everything that will be needed before the first byte is downloaded. */
function assertTools(library, tfjsNode) {
  if (!isWhole(library)) findPython();
  if (!isWhole(library) || !existsSync(cachedAddon(library, tfjsNode))) findCompiler();
}

async function runOwnInstaller(tfjsNode, target) {
  await withProgress(
    `engine: no tested TensorFlow for ${process.platform}-${process.arch}, trying the package's own installer`,
    () => 'still at it',
    () =>
      run(process.execPath, ['scripts/install.js'], {
        cwd: tfjsNode,
        env: ownInstallerEnvironment(tfjsNode),
        name: 'The installer of tfjs-node',
      }),
  );
  if (acceptAsIs(target)) return;
  throw new SetupError(
    `The installer of @tensorflow/tfjs-node ended, and the engine does not load: ${explainFailure()}`,
  );
}

/** Its installer calls `node-pre-gyp` by name, as under npm. */
function ownInstallerEnvironment(tfjsNode) {
  const folder = join(dirname(dirname(tfjsNode)), '.bin');
  const separator = process.platform === 'win32' ? ';' : ':';
  return { ...process.env, PATH: `${folder}${separator}${process.env.PATH ?? ''}` };
}

/** What the engine says of itself, in a process of its own; undefined if it does not load. */
function askEngine() {
  const { status, stdout } = spawnSync(process.execPath, [probe], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

function explainFailure() {
  const { signal, stderr } = spawnSync(process.execPath, [probe], { encoding: 'utf8' });
  if (signal === 'SIGILL') return 'this processor lacks an instruction set that TensorFlow needs (AVX).';
  if (signal) return `it ended with ${signal}.`;
  return stderr.split('\n').find(line => line.includes('Error')) ?? stderr;
}
