import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { describeEngine, listEngineChanges } from '../../src/shared/engine.js';

const engineUrl = new URL('../../src/shared/engine.js', import.meta.url).href;

function runModule(code: string, env: NodeJS.ProcessEnv = process.env) {
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', env, timeout: 60_000 });
}

describe('loadEngine', () => {
  it('computes in several worker threads of one process, and not a byte of chatter reaches stderr', () => {
    const worker = `
      import { loadEngine } from '${engineUrl}';
      const tf = loadEngine();
      console.log(tf.matMul(tf.fill([1, 3], 2), tf.fill([3, 1], 7)).dataSync()[0]);`;
    const { stdout, stderr, status } = runModule(`
      import { Worker } from 'node:worker_threads';
      import { prepareEngineEnvironment } from '${engineUrl}';
      prepareEngineEnvironment();
      const code = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(worker)}));
      for (let rank = 0; rank < 3; rank++) new Worker(code);`);
    assert.equal(stderr, '');
    assert.equal(stdout, '42\n42\n42\n');
    assert.equal(status, 0);
  });

  it('gives tfjs-node what newer Nodes warn about or lack', () => {
    const { stdout, stderr } = runModule(`
      import util from 'node:util';
      import { loadEngine, prepareEngineEnvironment } from '${engineUrl}';
      delete util.isArray;
      delete util.isNullOrUndefined;
      prepareEngineEnvironment();
      const tf = loadEngine();
      console.log(tf.concat([tf.ones([1]), tf.zeros([1])]).dataSync().join());`);
    assert.deepEqual([stdout, stderr], ['1,0\n', '']);
  });

  it('survives threads that meet new attribute names at the same moment', () => {
    // Neighbouring names go into the set that all threads share, before the last attribute, of no
    // known type, is refused.
    const worker = `
      import { threadId, workerData } from 'node:worker_threads';
      import { loadEngine } from '${engineUrl}';
      const tf = loadEngine();
      const { binding } = tf.backend();
      const one = tf.scalar(1);
      tf.add(one, one).dataSync();
      const calls = Array.from({ length: 2000 }, (_, i) => Array.from({ length: 100 }, (_, j) =>
        ({ name: [i, j, threadId].join(), type: j < 99 ? binding.TF_ATTR_BOOL : -1, value: true })));
      const ready = new Int32Array(workerData);
      Atomics.add(ready, 0, 1);
      while (Atomics.load(ready, 0) < 4);
      let refused = 0;
      for (const attributes of calls) {
        try { tf.backend().executeSingleOutput('Neg', attributes, [one]); } catch { refused++; }
      }
      console.log(refused);`;
    const { stdout, signal } = runModule(`
      import { Worker } from 'node:worker_threads';
      import { prepareEngineEnvironment } from '${engineUrl}';
      prepareEngineEnvironment();
      const code = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(worker)}));
      const workerData = new SharedArrayBuffer(4);
      for (let rank = 0; rank < 4; rank++) new Worker(code, { workerData });`);
    assert.equal(signal, null);
    assert.equal(stdout, '2000\n'.repeat(4));
  });

  it('says what to do when the addon is not there', () => {
    const script = `
      import Module from 'node:module';
      const load = Module._load;
      Module._load = function (name, ...rest) {
        if (name === '@mapbox/node-pre-gyp') return { find: () => '/nowhere/tfjs_binding.node' };
        return load.call(this, name, ...rest);
      };
      const { loadEngine } = await import('${engineUrl}');
      try { loadEngine(); } catch (error) { console.log(error.name + ': ' + error.message); }`;
    assert.equal(
      runModule(script).stdout,
      'EngineError: TensorFlow could not be loaded: its addon is not there (tfjs_binding.node). Run "npx gan-dist setup" (in a clone: "npm run setup"); "npx gan-dist doctor" shows what is wrong.\n',
    );
  });
});

describe('prepareEngineEnvironment', () => {
  it("overrides the user's number of threads", () => {
    const code = `
      import { prepareEngineEnvironment } from '${engineUrl}';
      prepareEngineEnvironment();
      console.log(process.env.TF_NUM_INTRAOP_THREADS);`;
    assert.equal(runModule(code, { ...process.env, TF_NUM_INTRAOP_THREADS: '8' }).stdout, '1\n');
  });
});

describe('describeEngine', () => {
  it('names engine, versions and processor as plain JSON', () => {
    const description = describeEngine();
    assert.deepEqual(JSON.parse(JSON.stringify(description)), description);
    assert.equal(description.name, 'tfjs-node');
    assert.match(description.version, /^4\.\d+\.\d+$/);
    assert.match(description.tensorflow, /^\d+\.\d+\.\d+/);
    assert.equal(description.environment.TF_ENABLE_ONEDNN_OPTS, '1');
  });

  it('has the arithmetic of gan-dist, which was the first where a run does not say', () => {
    const { arithmetic: _, ...old } = describeEngine();
    assert.deepEqual(listEngineChanges(old, describeEngine()), [
      { name: 'arithmetic of gan-dist', before: '1', after: '2' },
    ]);
    assert.deepEqual(listEngineChanges(old, { ...old, arithmetic: 1 }), []);
  });

  it('records the settings of oneDNN that the user made, without loading TensorFlow', () => {
    const code = `
      import { describeEngine } from '${engineUrl}';
      console.log(JSON.stringify(describeEngine().environment), process.memoryUsage.rss() < 150e6);`;
    const { stdout } = runModule(code, {
      PATH: process.env.PATH,
      TF_ENABLE_ONEDNN_OPTS: '0',
      ONEDNN_MAX_CPU_ISA: 'AVX2',
    });
    assert.equal(stdout, '{"TF_ENABLE_ONEDNN_OPTS":"0","ONEDNN_MAX_CPU_ISA":"AVX2"} true\n');
  });
});
