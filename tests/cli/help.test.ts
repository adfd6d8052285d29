/** Help comes at once, also where set-up has not been: without the packages that take long to load, or do not load yet. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { main } from './program.js';

const forbidden = /^(@tensorflow|piscina|zarr|comlink)(\/|$)/;

/** Preloaded: throws where one of them is imported or required. Node 20 has no hooks that see both. */
const hooks = `
  export async function resolve(name, context, next) {
    if (${forbidden}.test(name)) throw new Error('imports ' + name);
    return next(name, context);
  }`;
const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
const preload = `
  import Module, { register } from 'node:module';
  register(${JSON.stringify(dataUrl(hooks))});
  const load = Module._load;
  Module._load = function (name, ...rest) {
    if (${forbidden}.test(name)) throw new Error('requires ' + name);
    return load.call(this, name, ...rest);
  };`;

function runForbidding(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', dataUrl(preload), ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

for (const args of [['--help'], ['train', '--help'], ['generate', '--help'], ['--version']]) {
  test(`gan-dist ${args.join(' ')} loads neither TensorFlow nor Piscina, zarr or comlink`, () => {
    const { status, stdout, stderr } = runForbidding(main, ...args);
    assert.equal(status, 0, stderr);
    assert.match(stdout, args.includes('--help') ? /^Usage: gan-dist / : /^\d+\.\d+\.\d+\n$/);
  });
}

test('the preload of these tests notices an import and a require of each', () => {
  for (const name of ['@tensorflow/tfjs-node', 'piscina', 'zarr', 'comlink']) {
    const run = (code: string) => runForbidding('--input-type=module', '-e', code).stderr;
    assert.match(run(`import '${name}';`), new RegExp(`imports ${name}`));
    const required = `import { createRequire } from 'node:module'; createRequire('${main}')('${name}');`;
    assert.match(run(required), new RegExp(`requires ${name}`));
  }
});
