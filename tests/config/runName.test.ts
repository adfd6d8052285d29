import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveConfig } from '../../src/config/readConfig.js';
import { ConfigError } from '../../src/shared/errors.js';

const nameOf = (run: string, ...set: string[]) =>
  resolveConfig({ cwd: '/home', set: [`output.run=${run}`, ...set] }).output.run;

test('a run’s name holds the settings that the run has in the end', () => {
  const template = 'runs/lr{training.learningRate}-s{training.seed}-{data.limit}-{data.source}.zarr';
  assert.equal(nameOf(template), '/home/runs/lr0.001-s1-none-mnist.zarr');
  const set = ['training.learningRate=1e-7', 'training.seed=7', 'data.limit=64', 'data.source=mnist-10k'];
  assert.equal(nameOf(template, ...set), '/home/runs/lr1e-7-s7-64-mnist-10k.zarr');
});

test('what is no setting, or would be a path in a path, is refused with those that there are', () => {
  for (const name of ['a{seed}', 'a{training}', 'a{output.run}', 'a{data.dir}', 'a{}'])
    assert.throws(
      () => nameOf(name),
      (error: Error) => error instanceof ConfigError && /those are data\.source, /.test(error.message),
      name,
    );
});

test('the name of a run that is resumed is no template', () => {
  const stored = resolveConfig({ cwd: '/home' });
  const { output } = resolveConfig({ cwd: '/home', stored, flags: { 'output.run': '/home/a{b}.zarr' } });
  assert.equal(output.run, '/home/a{b}.zarr');
});
