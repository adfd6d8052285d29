import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { drawDigits } from '../../../src/cli/terminal/drawDigits.js';
import { drawHalfBlocks } from '../../../src/cli/terminal/halfBlocks.js';
import { reference } from '../../../src/model/presets.js';

const imageShape = reference.image;

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

test('pictures in colour are drawn in all colours where the terminal has them, and in the nearest of 256', () => {
  const pixels = Uint8Array.from([255, 0, 1, 10, 20, 30, 100, 140, 250, 7, 7, 7]);
  const inColour = { width: 2, height: 2, channels: 3 as const, pixels };
  assert.deepEqual(drawHalfBlocks(inColour, 24), [
    '\x1b[38;2;255;0;1m\x1b[48;2;100;140;250m▀\x1b[38;2;10;20;30m\x1b[48;2;7;7;7m▀\x1b[0m',
  ]);
  const [rose, blue] = [16 + 36 * 5, 16 + 36 * 1 + 6 * 2 + 5];
  assert.deepEqual(drawHalfBlocks(inColour, 8), [
    `\x1b[38;5;${rose}m\x1b[48;5;${blue}m▀\x1b[38;5;16m\x1b[48;5;232m▀\x1b[0m`,
  ]);
});

test('digits in colour that are not square are shrunk to the mean of each channel, and keep their form', () => {
  const shape = { height: 40, width: 20, channels: 3 } as const;
  /** Digit i is of the colour (i, 2 i, 200), but its left half has 10 more of blue. */
  const images = Uint8Array.from({ length: 4 * 2400 }, (_, i) => {
    const [digit, x] = [Math.floor(i / 2400), Math.floor(i / 3) % 20];
    return [digit, 2 * digit, x < 10 ? 210 : 200][i % 3]!;
  });
  const lines = drawDigits(images, shape, { columns: 20, rows: 20, colorDepth: 24 });
  assert.deepEqual(sizeOf(lines), [20, 20], 'two lines of two, half as large');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const colours = (line: string) => [...line.matchAll(/\x1b\[38;2;([\d;]+)/g)].map(([, each]) => each);
  assert.deepEqual(colours(lines[0]!), ['0;0;210', '0;0;200', '1;2;210', '1;2;200']);
  assert.deepEqual(colours(lines[19]!), ['2;4;210', '2;4;200', '3;6;210', '3;6;200']);
});
