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
  workers: ['shared', 'pictures', 'model', 'config', 'memory'],
  coordinator: ['shared', 'model', 'config', 'pictures', 'memory', 'store', 'data', 'modelFiles'],
  view: ['shared', 'model', 'pictures', 'store'],
  cli: ['shared', 'model', 'config', 'pictures', 'store', 'data', 'modelFiles', 'tensorboard', 'coordinator', 'view'],
};

/** The same within a room: its rooms, and those files above them that rooms may import, from the lowest up. */
const allowedInside: Record<string, Record<string, string[]>> = {
  store: {
    disk: [],
    formatVersion: [],
    records: [],
    layout: ['records'],
    zarr: ['disk', 'layout'],
    reading: ['disk', 'formatVersion', 'records', 'layout', 'zarr'],
    writing: ['disk', 'formatVersion', 'records', 'layout', 'zarr', 'reading'],
  },
  model: {
    layers: ['activations', 'description', 'initial', 'shape'],
    comparison: ['plan', 'shape'],
  },
  workers: {
    // A thread's mutable state names what lies in it; only the types.
    thread: ['tensorflow', 'webAssembly'],
    tensorflow: ['thread'],
    webAssembly: ['thread', 'tensorflow'],
    optimizers: ['webAssembly'],
    layers: ['tensorflow', 'webAssembly'],
    group: ['tensorflow', 'webAssembly'],
    executor: ['thread', 'tensorflow', 'webAssembly', 'optimizers', 'layers', 'group', 'rank'],
  },
  coordinator: {
    events: [],
    pool: ['events'],
    steps: ['pool'],
    drawing: ['pool', 'steps'],
    opening: ['events', 'pool'],
    proof: ['events', 'pool', 'steps', 'opening'],
    bench: ['proof'],
  },
  cli: {
    terminal: [],
    output: ['terminal'],
    options: [],
    bench: ['terminal'],
    diff: ['terminal'],
    doctor: ['terminal'],
    film: ['terminal', 'output'],
    inspect: ['terminal', 'output'],
    list: ['terminal', 'inspect'],
    supervise: ['terminal', 'output'],
    view: ['terminal', 'output'],
    train: ['terminal', 'output', 'options', 'supervise'],
    commands: [
      ...[
        'terminal',
        'output',
        'options',
        'bench',
        'diff',
        'doctor',
        'film',
        'inspect',
        'list',
        'supervise',
        'view',
        'train',
      ],
    ],
  },
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
/** `train.ts` of `train.js`. */
const sourceFileOf = (to: string) => `${to.replace(/\.js$/, '')}.ts`;

test('the imports were found', () => {
  assert.ok(imports.length > 100);
  assert.ok(imports.some(({ from, to }) => from === 'workers/entry.ts' && to === 'workers/runOrder.js'));
  assert.ok(
    imports.some(({ from, to }) => from === 'coordinator/drawing/drawPictures.ts' && to === 'pictures/pixels.js'),
  );
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

for (const [room, rooms] of Object.entries(allowedInside)) {
  test(`every room in ${room} imports only from those below it`, () => {
    const inner = (file: string) => file.split('/')[1]!.replace(/\.(ts|js)$/, '');
    const within = imports.filter(({ from, to }) => [from, to].every(file => folderOf(file) === room));
    const wrong = within.filter(({ from, to }) => {
      const [user, used] = [inner(from), inner(to)];
      return user !== used && user in rooms && !rooms[user]!.includes(used);
    });
    assert.deepEqual(wrong, []);
    const folders = files.filter(file => folderOf(file) === room && file.split('/').length > 2).map(inner);
    const unlisted = [...new Set(folders)].filter(folder => !(folder in rooms) && folder !== 'assembly');
    assert.deepEqual(unlisted, []);
  });
}

test('only the group of the ranks and the pool see the map of the shared memory', () => {
  const users = imports.filter(({ to }) => to === 'memory/sharedMemory.js').map(({ from }) => from);
  const expected = /^(memory|workers\/group|coordinator\/pool)\/|^workers\/(rank|entry)\.ts$/;
  assert.deepEqual(
    users.filter(file => !expected.test(file)),
    [],
  );
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
