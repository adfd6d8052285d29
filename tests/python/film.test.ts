/** What `gan-dist film` writes is what Pillow reads: every frame, its time, and every pixel of the samples. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { encodeGif } from '../../src/cli/film/gif.js';
import { reference } from '../../src/model/presets.js';
import { arrangeGrid } from '../../src/pictures/pixels.js';
import { createRun } from '../../src/store/index.js';
import { runWell } from '../cli/program.js';
import { description, makeFolder, metricsOf, positionOf, sampleOf, stateOf } from '../store/testRuns.js';
import { findPython, runPython } from './environment.js';

const imageShape = reference.image;

interface Played {
  format: string;
  size: [number, number];
  loop: number | null;
  frames: { ms: number | null; pixels: string }[];
}

const readFilms = async (...files: string[]): Promise<Played[]> =>
  JSON.parse((await runPython('read_film.py', ...files)).stdout);

/** Pixels that no code book holds for long; with `greys` 2, long strings of them. */
const noise = (length: number, seed: number, greys = 256): Uint8Array => {
  let state = seed + 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * greys);
  });
};
const steps = [0, 7, 14, 20];
const fixedOf = (step: number) => noise(64 * 784, step, step === 14 ? 2 : 256);

before(() => findPython());

async function makeRun(folder: string): Promise<void> {
  const writer = await createRun(join(folder, 'run.zarr'), description, { keep: 1 });
  for (let step = 0; step < 20; step++) {
    writer.appendMetrics(metricsOf(step));
    if (steps.includes(step)) writer.appendSample({ ...sampleOf(step), fixed: fixedOf(step) });
  }
  writer.appendSample({ ...sampleOf(20), fixed: fixedOf(20) });
  await writer.commitCheckpoint(positionOf(20), stateOf(20));
  await writer.close();
}

const pixelsOf = (frame: { pixels: string }): Buffer => Buffer.from(frame.pixels, 'base64');

test('a GIF and an animated PNG show every sample, pixel by pixel, above a bar of the steps done', async t => {
  const folder = await makeFolder(t);
  await makeRun(folder);
  runWell(folder, 'film', 'run.zarr', '--out', 'film.gif', '--scale=1', '--fps=30');
  runWell(folder, 'film', 'run.zarr', '--out', 'film.png', '--scale=3', '--fps=30');
  const [gif, png] = await readFilms(join(folder, 'film.gif'), join(folder, 'film.png'));
  const told = ({ format, size, loop }: Played) => ({ format, size, loop });
  assert.deepEqual(told(gif!), { format: 'GIF', size: [224, 229], loop: 0 });
  assert.deepEqual(told(png!), { format: 'PNG', size: [672, 687], loop: 0 });
  // 33.3 ms each, in hundredths of a second.
  assert.deepEqual(
    gif!.frames.map(({ ms }) => ms),
    [30, 40, 30, 2000],
  );
  assert.deepEqual(
    png!.frames.map(({ ms }) => Math.round(ms!)),
    [33, 33, 33, 2000],
  );
  for (const [place, step] of steps.entries()) {
    const { pixels } = arrangeGrid(fixedOf(step), imageShape);
    const small = pixelsOf(gif!.frames[place]!);
    assert.ok(small.subarray(0, 224 * 224).equals(pixels), `GIF of step ${step}`);
    const bar = [...small.subarray(226 * 224, 227 * 224)];
    const done = Math.round((step / 20) * 224);
    assert.deepEqual(bar, [...Array(done).fill(160), ...Array(224 - done).fill(48)]);
    const large = pixelsOf(png!.frames[place]!);
    const everyThird = small.map((_, i) => large[(3 * Math.floor(i / 224) + 1) * 672 + 3 * (i % 224) + 2]!);
    assert.ok(small.equals(everyThird), `PNG of step ${step}`);
  }
});

test('a strip has a column a moment and a row a noise', async t => {
  const folder = await makeFolder(t);
  await makeRun(folder);
  runWell(folder, 'film', 'run.zarr', '--out', 'strip.png', '--strip', '--scale=1');
  const [strip] = await readFilms(join(folder, 'strip.png'));
  assert.deepEqual([strip!.size, strip!.frames.length], [[4 * 28, 8 * 28], 1]);
  const pixels = pixelsOf(strip!.frames[0]!);
  for (const [column, step] of steps.entries()) {
    for (const row of [0, 7]) {
      const image = fixedOf(step).subarray(row * 784, (row + 1) * 784);
      const shown = image.map((_, i) => pixels[(row * 28 + Math.floor(i / 28)) * 112 + column * 28 + (i % 28)]!);
      assert.deepEqual(shown, image, `noise ${row} at step ${step}`);
    }
  }
});

test('a GIF holds pictures of any size and any pixels, to the last code', async t => {
  const folder = await makeFolder(t);
  const pictures = [1, 2, 254, 255, 256, 257, 510, 3836, 3837, 3838, 3839, 3840, 4100, 60_000].flatMap(size =>
    [1, 2, 256].map(greys => noise(size, size, greys)),
  );
  const files = await Promise.all(
    pictures.map(async (pixels, i) => {
      const film = {
        width: pixels.length,
        height: 1,
        channels: 1 as const,
        count: 1,
        frames: [{ pixels, durationMs: 10 }] as never,
      };
      const file = join(folder, `${i}.gif`);
      await writeFile(file, encodeGif(film));
      return file;
    }),
  );
  for (const [i, { frames }] of (await readFilms(...files)).entries())
    assert.ok(pixelsOf(frames[0]!).equals(pictures[i]!), `picture ${i} of ${pictures[i]!.length} pixels`);
});
