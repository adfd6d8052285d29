/** Deno, Bun and Yarn's Plug'n'Play, by what they say of themselves: the real ones are too big for a test. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../packageRoot.js';

const script = (name: string) => fileURLToPath(new URL(name, packageRoot));

/** Runs a script in a Node that says that it is another runtime. */
function runIn(versions: Record<string, string>, ...args: string[]) {
  const fake = `Object.defineProperty(process, 'versions', { value: { ...process.versions, ...${JSON.stringify(versions)} } })`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(fake)}`, ...args],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

for (const [versions, sentence] of [
  [
    { deno: '2.9.6' },
    'gan-dist needs Node, and this is Deno 2.9.6, whose worker threads it cannot use: run it with node',
  ],
  [
    { bun: '1.4.5' },
    'gan-dist needs Node, and this is Bun 1.4.5, whose exponentials and logarithms round differently, so that a run would have other bytes: run it with node',
  ],
  [
    { pnp: '3' },
    'gan-dist needs a folder node_modules, in which set-up can build TensorFlow\'s addon, and this is Yarn\'s Plug\'n\'Play, which has none: put "nodeLinker: node-modules" into .yarnrc.yml and run "yarn install" again',
  ],
] as const) {
  test(`the program and set-up refuse ${Object.keys(versions)} in a sentence`, () => {
    for (const name of ['scripts/gan-dist.mjs', 'scripts/setup.mjs'])
      assert.deepEqual(runIn(versions, script(name), '--version'), { status: 1, stdout: '', stderr: `${sentence}\n` });
  });
}

test('as a library too, nothing is computed in Bun or Deno', () => {
  const program = `
    const { prepareEngineEnvironment } = await import(${JSON.stringify(new URL('dist/src/shared/engine.js', packageRoot).href)});
    try { prepareEngineEnvironment(); } catch (error) { console.log(error.name + ': ' + error.message); }`;
  for (const name of ['bun', 'deno'])
    assert.equal(
      runIn({ [name]: '1.2.3' }, '--input-type=module', '--eval', program).stdout,
      `EngineError: gan-dist trains in Node alone, and this is ${name} 1.2.3: its runs would not have the same bytes\n`,
    );
});
