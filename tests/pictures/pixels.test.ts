import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arrangeGrid, enlarge, gridSize, toPixels } from '../../src/pictures/pixels.js';

const digit = { height: 28, width: 28, channels: 1 } as const;

/** `count` images, each of one grey value: image i is i + 1. */
const flatImages = (count: number) => Uint8Array.from({ length: count * 784 }, (_, i) => Math.floor(i / 784) + 1);

test('a pixel is trunc(fround(fround(v · 127.5) + 127.5))', () => {
  const cases: [value: number, pixel: number][] = [
    [-1, 0],
    [1, 255],
    [0, 127],
    [0.999, 254],
    [-0.999, 0],
    [0.5, 191],
    [0.00392156, 128], // 127.9999989 before the sum is rounded to float32, and 128 after
    [0.0039, 127],
    [-0.9921568632125854, 1], // 0 if the product were not rounded to float32 as well
    [0.9999999403953552, 255], // the last float32 before 1: rounded up to 255 before it is cut
  ];
  assert.deepEqual(
    Array.from(toPixels(Float32Array.from(cases, c => c[0]))),
    cases.map(c => c[1]),
  );
});

test('every pixel of MNIST comes back from its value in [-1, 1]', () => {
  const values = Float32Array.from({ length: 256 }, (_, pixel) => (pixel - 127.5) / 127.5);
  toPixels(values).forEach((pixel, i) => {
    assert.ok(Math.abs(pixel - i) <= 1);
  });
});

test('the pixel of any value in [-1, 1] is in range and never falls as the value rises', () => {
  const value = fc.float({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [low, high] = toPixels(Float32Array.of(Math.min(a, b), Math.max(a, b)));
      assert.ok(low! <= high!);
      assert.equal(high, Math.trunc(Math.fround(Math.fround(Math.max(a, b) * 127.5) + 127.5)));
    }),
  );
});

test('a grid is floor(sqrt(n)) cells wide and ceil(n / width) cells high', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 32, 64, 128].map(count => Object.values(gridSize(count))),
    [
      [0, 0],
      [1, 1],
      [2, 1],
      [3, 1],
      [2, 2],
      [3, 2],
      [7, 5],
      [8, 8],
      [12, 11],
    ],
  );
});

test('images fill a grid row by row, and cells without an image are 127', () => {
  const { height, width, pixels } = arrangeGrid(flatImages(5), digit);
  assert.deepEqual([height, width, pixels.length], [84, 56, 84 * 56]);
  const cell = (row: number, column: number) => {
    const lines = Array.from({ length: 28 }, (_, y) => (row * 28 + y) * width + column * 28);
    const values = new Set(lines.flatMap(start => Array.from(pixels.subarray(start, start + 28))));
    return [...values];
  };
  assert.deepEqual(
    [cell(0, 0), cell(0, 1), cell(1, 0), cell(1, 1), cell(2, 0), cell(2, 1)],
    [[1], [2], [3], [4], [5], [127]],
  );
});

test('an image keeps its orientation in the grid', () => {
  const images = new Uint8Array(4 * 784);
  images[3 * 784 + 5 * 28 + 7] = 200; // image 3, row 5, column 7
  const { width, pixels } = arrangeGrid(images, digit);
  assert.equal(pixels.indexOf(200), (28 + 5) * width + 28 + 7);
});

test('no images are an empty grid', () => {
  assert.deepEqual(arrangeGrid(new Uint8Array(0), digit), {
    height: 0,
    width: 0,
    channels: 1,
    pixels: new Uint8Array(0),
  });
});

test('a value beyond -1 or 1 is black or full', () => {
  assert.deepEqual([...toPixels(Float32Array.of(-1.5, -1.01, 1.01, 3, -Infinity, Infinity))], [0, 0, 255, 255, 0, 255]);
});

test('images that are not square keep their lines, and cells without an image are 127', () => {
  const images = Uint8Array.from({ length: 5 * 6 }, (_, i) => i);
  const { pixels, ...size } = arrangeGrid(images, { height: 2, width: 3, channels: 1 });
  assert.deepEqual(size, { height: 6, width: 6, channels: 1 });
  assert.deepEqual(
    Array.from({ length: 6 }, (_, y) => [...pixels.subarray(6 * y, 6 * y + 6)]),
    [
      [0, 1, 2, 6, 7, 8],
      [3, 4, 5, 9, 10, 11],
      [12, 13, 14, 18, 19, 20],
      [15, 16, 17, 21, 22, 23],
      [24, 25, 26, 127, 127, 127],
      [27, 28, 29, 127, 127, 127],
    ],
  );
});

test('images in colour keep the channels of a pixel together, in a grid and enlarged', () => {
  const images = Uint8Array.from({ length: 4 * 18 }, (_, i) => i);
  const grid = arrangeGrid(images, { height: 2, width: 3, channels: 3 });
  assert.deepEqual([grid.height, grid.width, grid.channels], [4, 6, 3]);
  const pixelAt = (picture: typeof grid, y: number, x: number) => [
    ...picture.pixels.subarray((y * picture.width + x) * 3, (y * picture.width + x + 1) * 3),
  ];
  assert.deepEqual(pixelAt(grid, 0, 2), [6, 7, 8]);
  assert.deepEqual(pixelAt(grid, 1, 3), [18 + 9, 18 + 10, 18 + 11], 'image 1, line 1');
  assert.deepEqual(pixelAt(grid, 3, 5), [69, 70, 71], 'the last pixel of image 3');
  const large = enlarge(grid, 3);
  assert.deepEqual([large.height, large.width, large.pixels.length], [12, 18, 9 * grid.pixels.length]);
  for (let y = 0; y < 12; y++)
    for (let x = 0; x < 18; x++)
      assert.deepEqual(pixelAt(large, y, x), pixelAt(grid, Math.floor(y / 3), Math.floor(x / 3)));
});
