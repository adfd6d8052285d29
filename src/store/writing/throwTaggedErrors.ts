/** Lets errors keep their class and fields when Comlink carries them to another thread; import it on both sides. */
import * as Comlink from 'comlink';
import { fromPlainError, type PlainError, toPlainError } from '../../shared/errors.js';

interface Thrown {
  value: unknown;
}

// Comlink's own handler keeps message, name and stack, and makes an Error of them. Only it knows
// the mark of what is thrown.
const original = Comlink.transferHandlers.get('throw')!;

const handler: Comlink.TransferHandler<Thrown, PlainError> = {
  canHandle: (value): value is Thrown => original.canHandle(value),
  serialize: ({ value }) => [toPlainError(value), []],
  deserialize(plain) {
    throw fromPlainError(plain);
  },
};

Comlink.transferHandlers.set('throw', handler);
