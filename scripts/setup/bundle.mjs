/**
 * The page of `gan-dist view`: its TypeScript (src/view/page), with the packages it uses, in one file that a browser reads.
 * All of it is made anew in a folder of its own, so that what is served and published is exactly what is there.
 */
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';

const source = 'src/view/page';
export const bundleFolder = 'dist/src/view/bundle';
/** Scripts are no modules: a browser runs no module from a file, and would say nothing. */
const bundled = [
  { in: 'main.ts', out: 'page' },
  { in: 'page.css', out: 'page' },
  { in: 'generatorWorker.ts', out: 'generatorWorker' },
];

/** What generatorWorker.js runs the networks with. */
const wasm = 'node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';

/** @param root - of the clone */
export async function bundle(root) {
  const { build } = createRequire(join(root, 'package.json'))('esbuild');
  const entries = bundled.filter(entry => existsSync(join(root, source, entry.in)));
  const temporary = join(root, `${bundleFolder}.${process.pid}`);
  rmSync(temporary, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries.map(entry => ({ in: `${source}/${entry.in}`, out: entry.out })),
    outdir: temporary,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    // zarrita loads these for compressors that no run of gan-dist has; the page has no place that they could be loaded from.
    external: ['numcodecs/*'],
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  cpSync(join(root, source, 'index.html'), join(temporary, 'index.html'));
  cpSync(join(root, wasm), join(temporary, basename(wasm)));
  writeFileSync(join(temporary, 'licenses.txt'), collectLicenses(root, Object.keys(metafile.inputs)));
  rmSync(join(root, bundleFolder), { recursive: true, force: true });
  renameSync(temporary, join(root, bundleFolder));
}

/** Those of the packages that are part of the bundle: they ask to go where the code goes. */
function collectLicenses(root, inputs) {
  // What a package replaces by nothing in browsers is no part either.
  const packages = inputs
    .filter(input => !input.startsWith('(disabled)'))
    .map(input => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
    .filter(Boolean);
  return [...new Set(packages)]
    .sort()
    .map(folder => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt'].map(each => join(root, folder, each)).find(existsSync);
      return `${name} ${version} (${license})\n\n${file ? readFileSync(file, 'utf8') : ''}`;
    })
    .join('\n\n');
}
