/**
 * TensorBoard's events as protocol buffers: the few fields of tensorflow/core/util/event.proto that
 * are written here.
 */
import type { ImageShape } from '../pictures/picture.js';

/** A value under a tag: a number, or a picture as PNG. */
export type Value = { tag: string } & ({ number: number } | ({ png: Uint8Array } & ImageShape));

/** The first event of a file: which format follows. */
export const encodeVersion = (seconds: number): Uint8Array =>
  encodeEvent(seconds, 0, [bytesField(3, Buffer.from('brain.Event:2'))]);

/** "The program has started at this step": what other files have of this step or a later one is no longer shown. */
export const encodeStart = (seconds: number, step: number): Uint8Array =>
  encodeEvent(seconds, step, [bytesField(7, varintField(1, 1))]);

export const encodeValues = (seconds: number, step: number, values: readonly Value[]): Uint8Array =>
  encodeEvent(seconds, step, [bytesField(5, Buffer.concat(values.map(value => bytesField(1, encodeValue(value)))))]);

function encodeEvent(seconds: number, step: number, what: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([doubleField(1, seconds), varintField(2, step), ...what]);
}

function encodeValue(value: Value): Uint8Array {
  const tag = bytesField(1, Buffer.from(value.tag));
  if ('number' in value) return Buffer.concat([tag, floatField(2, value.number)]);
  const { height, width, channels, png } = value;
  // The field is `colorspace`: 1 is grey, 3 is red, green and blue.
  const image = [varintField(1, height), varintField(2, width), varintField(3, channels), bytesField(4, png)];
  return Buffer.concat([tag, bytesField(4, Buffer.concat(image))]);
}

/** How a field's bytes end, after its number. */
const [varintType, doubleType, bytesType, floatType] = [0, 1, 2, 5];

const key = (field: number, type: number): Uint8Array => Uint8Array.of((field << 3) | type);

const varintField = (field: number, value: number): Uint8Array =>
  Buffer.concat([key(field, varintType), encodeVarint(value)]);

const bytesField = (field: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([key(field, bytesType), encodeVarint(bytes.length), bytes]);

function floatField(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, floatType), bytes]);
}

function doubleField(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(field, doubleType), bytes]);
}

/** Seven bits a byte, the lowest first; steps are int32. */
function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.of(...bytes, rest);
}
