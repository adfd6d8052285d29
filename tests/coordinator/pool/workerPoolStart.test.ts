import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../packageRoot.js';
import { makeFolder } from '../faults.js';

const source = new URL('../../../src/', import.meta.url);

interface Setting {
  /** Run before a CommonJS module `name` is loaded, in every thread. */
  load?: string;
  /** Where the program is. */
  src?: string | URL;
  /** What is done with the pool once it has started. */
  use?: string;
}

/** Starts a pool in a process of its own. @returns what that says */
function startPool(
  t: TestContext,
  { load = '', src = source, use = `console.log((await pool.countTensors()).length + ' threads');` }: Setting,
): string {
  const preload = `
    import Module from 'node:module';
    import { closeSync, existsSync, openSync } from 'node:fs';
    import { isMainThread } from 'node:worker_threads';
    const next = Module._load;
    Module._load = function (name, ...rest) {
      ${load}
      return next.call(this, name, ...rest);
    };`;
  const script = `
    import { closeSync, openSync } from 'node:fs';
    import { WorkerPool } from '${new URL('coordinator/pool/workerPool.js', src)}';
    import { firstOrder } from '${new URL('../../workers/startPool.js', import.meta.url)}';
    import { referencePlan } from '${new URL('model/plan.js', src)}';
    const left = new Int32Array(new SharedArrayBuffer(4)).fill(1);
    const faults = [{ step: 0, rank: 1, barrier: 'roll-call', how: 'exit', left }];
    const images = new Uint8Array(new SharedArrayBuffer(4 * 784));
    const began = Date.now();
    try {
      const plan = referencePlan();
      const pool = await WorkerPool.start({ plan, ranks: 2, slices: 8, batchSize: 4, images, stallSeconds: 60, faults });
      try {
        ${use}
      } finally {
        await pool.close();
      }
    } catch ({ name, message, phase }) {
      console.log([name, phase, message].filter(Boolean).join(': '));
    }
    if (Date.now() - began > 60_000) console.log('late');`;
  const file = join(makeFolder(t), 'script.mjs');
  writeFileSync(file, script);
  // Worker threads take the flag over.
  const flags = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
  const { stdout, stderr, signal } = spawnSync(process.execPath, [...flags, file], { encoding: 'utf8' });
  return stdout + stderr + (signal ?? '');
}

const couldNotLoad = (reason: string) =>
  `EngineError: TensorFlow could not be loaded: ${reason}. Run "npx gan-dist setup" (in a clone: "npm run setup"); "npx gan-dist doctor" shows what is wrong.\n`;

describe('a pool whose threads cannot start says why, and does not hang,', () => {
  test('when a library is missing', t => {
    const reason = 'libtensorflow.so.2: cannot open shared object file';
    const load = `if (name === '@tensorflow/tfjs-node') throw new Error('${reason}');`;
    assert.equal(startPool(t, { load }), couldNotLoad(reason));
  });

  test('when the addon is cut short', t => {
    const broken = join(makeFolder(t), 'broken.node');
    writeFileSync(broken, readFileSync(new URL(addon, packageRoot)).subarray(0, 60));
    const load = `if (String(name).endsWith('tfjs_binding.node')) name = '${broken}';`;
    assert.equal(startPool(t, { load }), couldNotLoad(`${broken}: file too short`));
  });

  test('when the file of the worker throws', t => {
    const copy = join(makeFolder(t), 'src');
    cpSync(fileURLToPath(source), copy, { recursive: true });
    symlinkSync(new URL('node_modules', packageRoot), join(copy, '..', 'node_modules'));
    writeFileSync(join(copy, '..', 'package.json'), '{ "type": "module" }');
    appendFileSync(join(copy, 'workers/entry.js'), "\nthrow new Error('no such order');");
    const said = 'WorkerError: start: a worker thread ended while it started: no such order\n';
    assert.equal(startPool(t, { src: `file://${copy}/` }), said);
  });

  test('when threads end while they load TensorFlow', t => {
    const load = `if (name === '@tensorflow/tfjs-node') process.exit(3);`;
    assert.equal(startPool(t, { load }), 'WorkerError: start: a worker thread ended while it started: exit code 3\n');
  });
});

test('a thread that ends while it loads TensorFlow, but only once, is replaced', t => {
  const once = join(makeFolder(t), 'once');
  const load = `
    if (name === '@tensorflow/tfjs-node' && !isMainThread) {
      let isFirst = true;
      try {
        closeSync(openSync('${once}', 'wx'));
      } catch {
        isFirst = false;
      }
      if (isFirst) process.exit(3);
    }`;
  assert.equal(startPool(t, { load }), '2 threads\n');
});

test('where the thread that replaces one cannot start, both reasons are told', t => {
  const gone = join(makeFolder(t), 'gone');
  const load = `if (name === '@tensorflow/tfjs-node' && existsSync('${gone}')) throw new Error('it is gone');`;
  const use = `closeSync(openSync('${gone}', 'w')); await pool.train(firstOrder);`;
  const phase = 'before the first barrier';
  assert.equal(
    startPool(t, { load, use }),
    `WorkerError: ${phase}: rank 1 failed in step 0, ${phase}: worker exited with code: 9; then ${couldNotLoad('it is gone').replace('EngineError: ', '')}`,
  );
});

const addon = 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node';
