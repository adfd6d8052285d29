/** Which room may import which; the coordinator knows only the workers' entry file. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageRoot } from './packageRoot.js';

const allowed: Record<string, string[]> = {
  shared: [],
  pictures: [],
  model: ['shared', 'pictures'],
  config: ['shared'],
  memory: ['shared', 'pictures', 'model', 'config'],
  store: ['shared', 'model', 'config', 'pictures'],
  data: ['shared', 'model', 'config', 'pictures', 'store'],
  modelFiles: ['shared', 'model', 'config', 'store'],
  tensorboard: ['shared', 'model', 'pictures', 'store'],
  workers: ['shared', 'model', 'config', 'memory'],
  coordinator: ['shared', 'model', 'config', 'pictures', 'memory', 'store', 'data', 'modelFiles'],
  view: ['shared', 'model', 'pictures', 'store'],
  cli: ['shared', 'model', 'config', 'pictures', 'store', 'data', 'modelFiles', 'tensorboard', 'coordinator', 'view'],
};

/** The same within the store, whose files above its rooms count as rooms. */
const allowedInStore: Record<string, string[]> = {
  'store/disk': [],
  'store/formatVersion': [],
  'store/records': [],
  'store/layout': ['store/records'],
  'store/zarr': ['store/disk', 'store/layout'],
  'store/reading': ['store/disk', 'store/formatVersion', 'store/records', 'store/layout', 'store/zarr'],
  'store/writing': [
    'store/disk',
    'store/formatVersion',
    'store/records',
    'store/layout',
    'store/zarr',
    'store/reading',
  ],
  'store/index': ['store/disk', 'store/records', 'store/layout', 'store/zarr', 'store/reading', 'store/writing'],
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
/** `store/disk` of `store/disk/lock.ts`, `store/layout` of `store/layout.js`. */
const roomInStoreOf = (file: string) =>
  file
    .split('/')
    .slice(0, 2)
    .join('/')
    .replace(/\.[jt]s$/, '');
/** The source of what an import names: AssemblyScript names it without its ending. */
const sourceFileOf = (to: string) => `${to.replace(/\.js$/, '')}.ts`;

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

test('every room of the store imports only from those below it', () => {
  const inside = imports.filter(({ from, to }) => folderOf(from) === 'store' && folderOf(to) === 'store');
  assert.ok(inside.length > 50);
  const wrong = inside.filter(({ from, to }) => {
    const [user, used] = [roomInStoreOf(from), roomInStoreOf(to)];
    return user !== used && !allowedInStore[user]?.includes(used);
  });
  assert.deepEqual(wrong, []);
});

test('no files import each other in a circle, not even types', () => {
  const targets = new Map(files.map(file => [file, new Set<string>()]));
  for (const { from, to } of imports) targets.get(from)!.add(sourceFileOf(to));
  const done = new Set<string>();
  const findCircle = (file: string, path: readonly string[] = []): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    assert.ok(targets.has(file), `${path.at(-1)} imports ${file}, which is not there`);
    for (const target of targets.get(file)!) {
      const circle = findCircle(target, [...path, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  assert.deepEqual(
    files.flatMap(file => findCircle(file)),
    [],
  );
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
  const below = ['view/page/', 'shared/', 'model/', 'pictures/', 'store/records.js', 'store/formatVersion.js'];
  const outside = ours.filter(({ to }) => !below.some(room => to.startsWith(room)));
  const nodes = page.filter(file => /from 'node:/.test(sourceOf(file)));
  assert.deepEqual([outside, nodes], [[], []]);
});
