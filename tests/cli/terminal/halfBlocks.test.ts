import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { drawDigits } from '../../../src/cli/terminal/drawDigits.js';
import { drawHalfBlocks } from '../../../src/cli/terminal/halfBlocks.js';
import { imageShape } from '../../../src/model/tensors.js';

const picture = {
  width: 3,
  height: 3,
  channels: 1 as const,
  pixels: Uint8Array.from([0, 0, 255, 0, 128, 255, 10, 10, 10]),
};

test('a character shows two pixels, and names a colour where it changes; below the last line is black', () => {
  assert.deepEqual(drawHalfBlocks(picture, 24), [
    '\x1b[38;2;0;0;0m\x1b[48;2;0;0;0m▀\x1b[48;2;128;128;128m▀\x1b[38;2;255;255;255m\x1b[48;2;255;255;255m▀\x1b[0m',
    '\x1b[38;2;10;10;10m\x1b[48;2;0;0;0m▀▀▀\x1b[0m',
  ]);
});

test('of 256 colours the nearest greys are taken', () => {
  assert.deepEqual(drawHalfBlocks(picture, 8), [
    '\x1b[38;5;16m\x1b[48;5;16m▀\x1b[48;5;244m▀\x1b[38;5;231m\x1b[48;5;231m▀\x1b[0m',
    '\x1b[38;5;232m\x1b[48;5;16m▀▀▀\x1b[0m',
  ]);
});

/** Digit i is all of the grey i. */
const digits = new Uint8Array(64 * 784).map((_, i) => Math.floor(i / 784));
const draw = (columns: number, rows: number) => drawDigits(digits, imageShape, { columns, rows, colorDepth: 24 });
const sizeOf = (lines: string[]) => [stripVTControlCharacters(lines[0] ?? '').length, lines.length];

test('the whole grid is shown as large as the screen allows, and only as much of it as can be read', () => {
  assert.deepEqual(sizeOf(draw(230, 120)), [8 * 28, 8 * 14], 'all pixels, and no more');
  assert.deepEqual(sizeOf(draw(160, 80)), [8 * 20, 8 * 10]);
  assert.deepEqual(sizeOf(draw(80, 21)), [80, 20], '4 lines of 8');
  assert.deepEqual(sizeOf(draw(160, 21)), [160, 20], '4 lines of 16');
  assert.deepEqual(sizeOf(draw(40, 21)), [40, 20], '4 lines of 4');
  assert.deepEqual(draw(9, 21), []);
  assert.deepEqual(draw(80, 4), []);
});

test('digits stay in their order, each the mean of its pixels', () => {
  const [first, , , , , sixth] = draw(80, 21);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const greys = (line: string) => [...line.matchAll(/\x1b\[38;2;(\d+)/g)].map(([, grey]) => Number(grey));
  assert.deepEqual(greys(first!), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(greys(sixth!), [8, 9, 10, 11, 12, 13, 14, 15]);
});
