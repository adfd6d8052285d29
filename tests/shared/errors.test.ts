import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as errors from '../../src/shared/errors.js';

const { fromPlainError, toPlainError } = errors;
const acrossThreads = (error: unknown) => fromPlainError(structuredClone(toPlainError(error)));

test('an error that crosses threads keeps class, message, fields, stack and cause', () => {
  const cause = new TypeError('no such op');
  const error = new errors.StallError('rank 1 has not come', 0, 12, 'forward', { cause });
  const copy = acrossThreads(error) as errors.StallError;
  assert.ok(copy instanceof errors.StallError && copy instanceof errors.WorkerError);
  assert.equal(copy.name, 'StallError');
  assert.deepEqual(
    [copy.message, copy.stack, copy.rank, copy.step, copy.phase],
    [error.message, error.stack, 0, 12, 'forward'],
  );
  assert.equal((copy.cause as Error).message, 'no such op');
});

test('every class crosses, and keeps the code that the program ends with', () => {
  const classes = Object.values(errors).filter(
    (value): value is typeof errors.GanDistError => typeof value === 'function' && value.prototype instanceof Error,
  );
  assert.ok(classes.length >= 11);
  for (const ErrorClass of classes) {
    const copy = acrossThreads(new ErrorClass('no')) as errors.GanDistError;
    assert.equal(copy.constructor, ErrorClass);
    assert.equal(copy.exitCode, new ErrorClass('no').exitCode);
  }
});

test('what is no error of ours stays an error with its message', () => {
  assert.equal(acrossThreads(new RangeError('too long')).message, 'too long');
  assert.equal(acrossThreads('a text').message, 'a text');
  assert.equal(acrossThreads(undefined).message, 'undefined');
});
