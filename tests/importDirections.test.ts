/** Which room may import which; the coordinator knows only the workers' entry file. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageRoot } from './packageRoot.js';

const allowed: Record<string, string[]> = {
  shared: [],
  model: ['shared'],
  pictures: [],
  config: ['shared'],
  memory: ['shared', 'model', 'config'],
  store: ['shared', 'model', 'config', 'pictures'],
  data: ['shared', 'model', 'config', 'pictures', 'store'],
  modelFiles: ['shared', 'model', 'config', 'store'],
  tensorboard: ['shared', 'model', 'pictures', 'store'],
  workers: ['shared', 'model', 'config', 'memory'],
  coordinator: ['shared', 'model', 'config', 'pictures', 'memory', 'store', 'data', 'modelFiles'],
  view: ['shared', 'model', 'pictures', 'store'],
  cli: ['shared', 'model', 'config', 'pictures', 'store', 'data', 'modelFiles', 'tensorboard', 'coordinator', 'view'],
};

interface Import {
  from: string;
  to: string;
  isType: boolean;
}

const root = fileURLToPath(new URL('src/', packageRoot));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map(file => file.replaceAll('\\', '/'))
  .filter(file => /\.(ts|js|mjs)$/.test(file));

const sourceOf = (file: string) =>
  readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

const statement =
  /(?:^|\n)\s*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Imports of files of ours, as paths below src. */
const imports: Import[] = files.flatMap(file =>
  [...sourceOf(file).matchAll(statement)]
    .map(match => ({ target: match[2] ?? match[3]!, isType: match[1] !== undefined }))
    .filter(({ target }) => target.startsWith('.'))
    .map(({ target, isType }) => ({ from: file, to: posix.join(dirname(file), target), isType })),
);

const folderOf = (file: string) => file.split('/')[0]!;

test('the imports were found', () => {
  assert.ok(imports.length > 100);
  assert.ok(imports.some(({ from, to }) => from === 'workers/entry.ts' && to === 'workers/runOrder.js'));
  assert.ok(imports.some(({ from, to }) => from === 'coordinator/train.ts' && to === 'pictures/pixels.js'));
});

test('every room imports only from those below it', () => {
  const wrong = imports.filter(({ from, to, isType }) => {
    const [user, used] = [folderOf(from), folderOf(to)];
    // src/index.ts is the library: it shows the others.
    if (user === used || !from.includes('/')) return false;
    if (user === 'coordinator' && used === 'workers' && isType) return false;
    return !allowed[user]?.includes(used);
  });
  assert.deepEqual(wrong, []);
});

test('the coordinator names one file of the workers, as a URL', () => {
  const named = files
    .filter(file => folderOf(file) === 'coordinator')
    .flatMap(file => [...sourceOf(file).matchAll(/['"`]([^'"`\n]*workers\/[^'"`\n]*)['"`]/g)].map(match => match[1]));
  assert.deepEqual([...new Set(named)], ['../../workers/entry.js']);
});

test('TensorFlow is loaded in one place, and read by workers', () => {
  const users = files.filter(file => /loadEngine\(\)/.test(sourceOf(file)));
  const outside = users.filter(file => folderOf(file) !== 'workers');
  assert.deepEqual(outside, ['shared/engine.ts']);
  const direct = files.filter(file => /^import (?!type).*tfjs-node/m.test(sourceOf(file)));
  assert.deepEqual(direct, []);
});

test('what runs in the browser imports only itself, what is below it, and packages', () => {
  const page = files.filter(file => file.startsWith('view/page/'));
  assert.ok(page.length > 20);
  const ours = imports.filter(({ from }) => page.includes(from));
  const outside = ours.filter(
    ({ to }) => !['view/page/', 'shared/', 'model/', 'pictures/', 'store/records.js'].some(room => to.startsWith(room)),
  );
  const nodes = page.filter(file => /from 'node:/.test(sourceOf(file)));
  assert.deepEqual([outside, nodes], [[], []]);
});
