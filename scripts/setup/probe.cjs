/**
 * Does the engine work? Loads it and multiplies two matrices, in a process of its own: a damaged library ends the process
 * that loads it with a signal. Prints one line of JSON. `node scripts/setup/probe.cjs`
 */
process.env.TF_NUM_INTRAOP_THREADS = '1';
process.env.TF_CPP_MIN_LOG_LEVEL = '3';
// Node 23 and later lack it, and tfjs-node calls it.
require('node:util').isNullOrUndefined = value => value === null || value === undefined;

const started = performance.now();
const tf = require('@tensorflow/tfjs-node');
const [product] = tf.matMul(tf.fill([1, 3], 2), tf.fill([3, 1], 7)).dataSync();
if (product !== 42) throw new Error(`[2, 2, 2] · [7, 7, 7] should be 42, and was ${product}`);
const tensorflow = tf.backend().binding.TF_Version;
process.stdout.write(
  JSON.stringify({
    tfjsNode: tf.version['tfjs-node'],
    tensorflow,
    milliseconds: Math.round(performance.now() - started),
  }),
);
