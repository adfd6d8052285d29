/**
 * dist: TypeScript compiled by tsc, the AssemblyScript routines by asc, the page bundled by esbuild. Skipped when no source changed since the last
 * build that ended well; compiled files whose source is gone are removed, so that no stale test runs.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { bundle } from './bundle.mjs';
import { run, SetupError, withProgress } from './terminal.mjs';

const folders = ['src', 'tests', 'benchmarks'];
const configFiles = [
  'tsconfig.json',
  'package.json',
  'package-lock.json',
  'scripts/setup/build.mjs',
  'scripts/setup/bundle.mjs',
];
const routines = 'src/workers/webAssembly/assembly/routines.ts';
const routinesOutput = 'dist/src/workers/webAssembly/routines.wasm';
/** One memory is shared by all ranks; it is made by the coordinator and imported here. */
const asFlags = ['--enable', 'simd,threads', '--importMemory', '--sharedMemory', '--maximumMemory', '65536'];
asFlags.push('--initialMemory', '1', '--runtime', 'stub', '-O3', '--noAssert');

/** Returns whether anything was to be built. */
export async function build(root) {
  const stamp = join(root, 'dist/.built');
  const print = fingerprint(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === print) return false;
  rmSync(stamp, { force: true });
  await withProgress(
    'build: tsc, asc and esbuild',
    () => 'still compiling',
    () => compile(root),
  );
  removeOrphans(root);
  await bundle(root);
  writeFileSync(stamp, print);
  return true;
}

async function compile(root) {
  const node = (program, ...args) =>
    run(process.execPath, [join(root, 'node_modules', program), ...args], { cwd: root, name: program });
  for (const project of ['.', 'src/view/page'])
    await node('typescript/bin/tsc', '-p', project, '--pretty', 'false').catch(error => {
      throw new SetupError(`The sources do not compile. ${error.message}`);
    });
  mkdirSync(dirname(join(root, routinesOutput)), { recursive: true });
  const temporary = `${routinesOutput}.${process.pid}.wasm`;
  await node('assemblyscript/bin/asc.js', routines, '-o', temporary, ...asFlags);
  renameSync(join(root, temporary), join(root, routinesOutput));
}

/** Removes every compiled file without a source. */
export function removeOrphans(root) {
  for (const folder of folders) {
    for (const file of walk(join(root, 'dist', folder))) {
      const source = /^(.*?)(?:\.d\.ts|\.js|\.js\.map)$/.exec(relative(join(root, 'dist'), file))?.[1];
      if (source && !existsSync(join(root, `${source}.ts`)) && !existsSync(join(root, `${source}.tsx`))) rmSync(file);
    }
  }
}

/** Changes when any source does: names, sizes and times of all of them. */
function fingerprint(root) {
  const files = [...folders.flatMap(folder => walk(join(root, folder))), ...configFiles.map(name => join(root, name))];
  const lines = files.map(file => {
    const { size, mtimeMs } = statSync(file);
    return `${relative(root, file)} ${size} ${mtimeMs}`;
  });
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

function walk(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}
