import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { main, makeTemporaryFolder } from '../../cli/program.js';
import { packageRoot } from '../../packageRoot.js';

const folder = fileURLToPath(packageRoot);
const program = fileURLToPath(new URL('dist/benchmarks/sameBytes/sameBytes.js', packageRoot));
const small = ['--steps=1', '--case=empty-slices-3'];

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  // A slow machine is told how far it is.
  return { status, stdout, stderr: stderr.replace(/^.*: step \d+ of \d+\n/gm, '') };
}

/** A build whose program is this one's, but for what is done first. */
function makeBuild(first: string): string {
  const build = makeTemporaryFolder();
  mkdirSync(path.join(build, 'dist/src/cli'), { recursive: true });
  writeFileSync(path.join(build, 'package.json'), '{ "type": "module" }');
  writeFileSync(path.join(build, 'dist/src/cli/main.js'), `${first}\nawait import('${pathToFileURL(main).href}');\n`);
  return build;
}

test('a build leaves the bytes that it leaves', () => {
  const said = 'empty-slices-3: equal (1 steps)\ncases: 1 equal, 0 different, 0 skipped\n';
  assert.deepEqual(run(...small, folder, folder), { status: 0, stdout: said, stderr: '' });
});

test('a build that computes something else is found, and where', () => {
  const { status, stdout, stderr } = run(
    ...small,
    folder,
    makeBuild("process.argv.push('--set=training.momentum=0.5');"),
  );
  assert.deepEqual([status, stderr], [1, '']);
  // G's loss goes through the discriminator that was updated just before.
  assert.match(
    stdout,
    /^empty-slices-3: before and after differ: step 0: g_loss is 0\.\d+ and 0\.\d+\ncases: 0 equal, 1 different, 0 skipped\n$/,
  );
});

test('cases that differ in workers alone are compared with one another', () => {
  const seedOfWorkers =
    "if (process.argv.includes('--workers=3')) process.argv.push('--set=training.seed=2', '--set=training.batchSize=6');";
  const build = makeBuild(seedOfWorkers);
  const args = ['--steps=1', '--case=two-turns-2', '--case=two-turns-3', build, build];
  const { status, stdout } = run(...args);
  assert.equal(status, 1);
  assert.match(stdout, /^two-turns-2: equal \(1 steps\)\ntwo-turns-3: two-turns-2 and this differ: step 0: d_loss is /);
});

test('a build that fails is different, with what it said', () => {
  const build = makeBuild("process.argv.push('--set=training.seed=x');");
  const { status, stdout } = run(...small, folder, build);
  assert.equal(status, 1);
  assert.match(stdout, /^empty-slices-3: after failed with exit 2: .*training\.seed expects/);
});

test('a case that the processor cannot do is skipped, unless only one build says so', () => {
  const refuse = "console.error('gan-dist: parallel.precision bfloat16 needs a processor with it'); process.exit(1);";
  const build = makeBuild(refuse);
  const said = 'empty-slices-3: skipped: parallel.precision bfloat16 needs a processor with it\n';
  const { status, stdout } = run(...small, build, build);
  assert.deepEqual([status, stdout], [0, `${said}cases: 0 equal, 0 different, 1 skipped\n`]);
  assert.match(run(...small, build, folder).stdout, /^empty-slices-3: before failed with exit 1: parallel\.precision/);
});

test('what is wrong is said', () => {
  const refuse = (args: string[], said: RegExp) => {
    const { status, stdout, stderr } = run(...args);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, said);
  };
  refuse([folder], /^expected two folders of builds, found 1 \(--help says more\)\n$/);
  refuse(['--steps=no', folder, folder], /^--steps expects a whole number from 1 to 999, found "no"\n$/);
  refuse(['--case=no', folder, folder], /^--case expects one of plain-1, .*, found "no"\n$/);
  refuse(['--no', folder, folder], /^Unknown option '--no'.* \(--help says more\)\n$/);
  refuse(
    ['/nowhere', folder],
    /^\/nowhere has no dist\/src\/cli\/main\.js: expected a clone of gan-dist that is built/,
  );
});
