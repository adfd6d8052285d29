/** Films of runs in colour, and of images that are not square. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { decode, decodeApng } from 'fast-png';
import { arrangeGrid } from '../../../src/pictures/pixels.js';
import { colour, makePictureRun, pictureSampleOf, wide } from '../../store/pictureRuns.js';
import { assertFails, makeTemporaryFolder, runWell } from '../program.js';

const folder = makeTemporaryFolder();
before(async () => {
  await makePictureRun(join(folder, 'colour.zarr'), colour, 3);
  await makePictureRun(join(folder, 'wide.zarr'), wide, 3);
});

for (const [name, shape] of [
  ['colour', colour],
  ['wide', wide],
] as const) {
  const { height, width, channels } = shape;

  test(`an animated PNG shows every pixel of a run that is ${name}`, () => {
    runWell(folder, 'film', `${name}.zarr`, `--out=${name}.png`, '--scale=1');
    const film = decodeApng(readFileSync(join(folder, `${name}.png`)));
    assert.deepEqual([film.width, film.height, film.channels], [8 * width, 8 * height + 5, channels]);
    assert.equal(film.frames.length, 3);
    const line = 8 * width * channels;
    for (const [step, { data }] of film.frames.entries()) {
      const { pixels } = arrangeGrid(pictureSampleOf(step, shape).fixed, shape);
      assert.deepEqual([...data.slice(0, pixels.length)], [...pixels], `step ${step}`);
      assert.deepEqual([...data.slice(pixels.length, pixels.length + 2 * line)], Array(2 * line).fill(0));
      const done = Math.round((step / 2) * 8 * width) * channels;
      assert.deepEqual([...data.slice(-line)], [...Array(done).fill(160), ...Array(line - done).fill(48)]);
    }
  });

  test(`a strip of a run that is ${name} has a column a moment and a row a noise, enlarged`, () => {
    runWell(folder, 'film', `${name}.zarr`, `--out=strip-${name}.png`, '--strip', '--scale=2');
    const strip = decode(readFileSync(join(folder, `strip-${name}.png`)));
    assert.deepEqual([strip.width, strip.height, strip.channels], [2 * 3 * width, 2 * 8 * height, channels]);
    for (const [noise, step] of [
      [0, 0],
      [6, 1],
      [7, 0],
    ] as const) {
      const size = height * width * channels;
      const shown = Array.from({ length: size }, (_, i) => {
        const [y, x, c] = [Math.floor(i / (width * channels)), Math.floor(i / channels) % width, i % channels];
        const place = 2 * (noise * height + y) * strip.width + 2 * (step * width + x);
        // The other corner of the square is the same.
        assert.equal(strip.data[place * channels + c], strip.data[(place + strip.width + 1) * channels + c]);
        return strip.data[place * channels + c];
      });
      const { fixed } = pictureSampleOf(step, shape);
      assert.deepEqual(shown, [...fixed.subarray(noise * size, (noise + 1) * size)]);
    }
  });
}

test('a GIF is refused for a run in colour, and PNG named', () => {
  const before = readdirSync(folder);
  const message =
    '--out expects a name that ends in .png for a run in colour, found film.gif: a GIF has only 256 colours';
  assertFails(folder, ['film', 'colour.zarr'], 2, message);
  assert.deepEqual(readdirSync(folder), before);
  runWell(folder, 'film', 'wide.zarr');
  assert.equal(readFileSync(join(folder, 'film.gif')).readUInt16LE(6), 2 * 8 * 3);
});
