/** What the page does with the networks of a real run, in a real browser, and what the program does with them. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { decode } from 'fast-png';
import type { Browser, Locator, Page } from 'playwright-core';
import { generateImages } from '../../src/coordinator/drawing/generateNew.js';
import { layerKinds } from '../../src/model/layers/layerKinds.js';
import { referencePlan } from '../../src/model/plan.js';
import { reference } from '../../src/model/presets.js';
import { sizeOf } from '../../src/model/shape.js';
import { sizeOfImage } from '../../src/pictures/picture.js';
import { copyRun, makeTemporaryFolder, runWell } from '../cli/program.js';
import { launchChromium, withoutChromium } from './chromium.js';
import { openPage, serveRuns } from './openPage.js';

const plan = referencePlan();

const options = { skip: withoutChromium, timeout: 300_000 };
const folder = makeTemporaryFolder();
const run = join(folder, 'small.zarr');
let browser: Browser;

/** Three epochs of one step: the generators of all, and the checkpoints of the last two. */
before(async () => {
  if (withoutChromium) return;
  browser = await launchChromium();
  const data = ['--set=data.source=mnist-10k', '--set=data.limit=32', '--set=training.batchSize=32'];
  const training = ['--set=training.epochs=3', '--set=training.learningRate=0.02', '--set=output.keep=2'];
  runWell(folder, 'train', '--run', 'small.zarr', ...data, ...training);
});
after(() => browser?.close());

/** Opens the page at its panel and draws 16 digits of seed 7. */
async function openGenerate(t: TestContext, path = run, expected: number[] = []): Promise<Page> {
  const { page } = await openPage(t, browser, await serveRuns(t, path), { expected });
  await page.getByRole('spinbutton', { name: 'Seed' }).fill('7');
  await page.getByRole('combobox', { name: 'Digits' }).selectOption('16');
  await drawn(page, () => page.getByRole('button', { name: 'Draw digits' }).click());
  return page;
}

/** Does it, and waits until the panel says that it is drawn, with its scores. */
async function drawn(page: Page, act: () => Promise<unknown>): Promise<void> {
  const status = page.locator('#generate [role=status]');
  const results = page.locator('#generate .results');
  const before = (await results.getAttribute('data-drawn')) ?? '';
  await act();
  await page.waitForFunction(
    last => (document.querySelector<HTMLElement>('#generate .results')?.dataset.drawn ?? '') !== last,
    before,
  );
  assert.doesNotMatch((await status.textContent())!, /…/);
}

/** Grey values of a canvas. */
const greyOf = (canvas: Locator): Promise<number[]> =>
  canvas.evaluate(element => {
    // Of a copy: the browser warns of a canvas that is read several times.
    const { width, height } = element as HTMLCanvasElement;
    const context = new OffscreenCanvas(width, height).getContext('2d')!;
    context.drawImage(element as HTMLCanvasElement, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    return [...data.filter((_, i) => i % 4 === 0)];
  });

const digitsOf = async (page: Page): Promise<number[]> => {
  const canvases = await page.locator('#generate .digit canvas').all();
  return (await Promise.all(canvases.map(greyOf))).flat();
};

const farthest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  assert.equal(a.length, b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
};
const scoresOf = (page: Page): Promise<number[]> =>
  page.locator('#generate .digit').evaluateAll(all => all.map(digit => Number((digit as HTMLElement).dataset.score)));

test(
  'the digits of a seed are those of generate, and the best of many those of --nice, with its scores',
  options,
  async t => {
    const page = await openGenerate(t);
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download PNG' }).click();
    const file = await saved;
    assert.equal(file.suggestedFilename(), 'run a-3-seed-7.png');
    runWell(folder, 'generate', run, '--seed', '7', '--count', '16', '--out', 'program.png');
    const ours = decode(await readFile(await file.path()));
    const program = decode(readFileSync(join(folder, 'program.png')));
    assert.deepEqual([ours.width, ours.height], [program.width, program.height]);
    const grey = ours.data.filter((_, i) => i % ours.channels === 0);
    assert.ok(farthest(grey, program.data) <= 1, `${farthest(grey, program.data)}`);

    await drawn(page, () => page.getByRole('combobox', { name: 'Order' }).selectOption('nice'));
    const nice = await generateImages({ run, seed: 7, count: 16, nice: true });
    const scores = await scoresOf(page);
    const expected = nice.scores!.map(logit => 1 / (1 + Math.exp(-logit)));
    assert.ok(farthest(scores, expected) < 1e-4, `${scores} instead of ${expected}`);
    assert.ok(scores[0]! - scores[15]! > 0.01, `the scores say nothing: ${scores}`);
    // Rounding may change places of digits that score the same.
    const isAlone = (i: number) => [i - 1, i + 1].every(k => !(Math.abs(expected[k]! - expected[i]!) < 1e-5));
    const pixels = await digitsOf(page);
    const digitSize = sizeOfImage(reference.image);
    const at = (all: ArrayLike<number>, i: number) =>
      Array.prototype.slice.call(all, i * digitSize, (i + 1) * digitSize) as number[];
    const compared = scores.map((_, i) => i).filter(isAlone);
    assert.ok(compared.length > 8);
    for (const i of compared) assert.ok(farthest(at(pixels, i), at(nice.images, i)) <= 1, `digit ${i}`);

    await drawn(page, () => page.getByRole('combobox', { name: 'Order' }).selectOption('scored'));
    const places = await page
      .locator('#generate .digit')
      .evaluateAll(all => all.map(digit => Number((digit as HTMLElement).dataset.place)));
    assert.deepEqual(
      places.toSorted((a, b) => a - b),
      [...Array(16).keys()],
    );
    assert.deepEqual(
      await scoresOf(page),
      (await scoresOf(page)).toSorted((a, b) => b - a),
    );
  },
);

test(
  'the way between two digits begins and ends with them; sliders change the digit that was chosen',
  options,
  async t => {
    const page = await openGenerate(t);
    const digit = (index: number) => page.locator('#generate .digit').nth(index);
    await digit(3).click();
    await digit(3).press('ArrowDown');
    await page.locator('#generate .digit:focus').press('Enter');
    const chosen = page.locator('#generate .digit[aria-pressed=true]');
    assert.deepEqual(await chosen.evaluateAll(all => all.map(each => (each as HTMLElement).dataset.pick)), ['A', 'B']);
    await page.waitForSelector('#generate .strip[data-picks="3 11"]');
    const [a, b] = [await greyOf(digit(3).locator('canvas')), await greyOf(digit(11).locator('canvas'))];
    assert.ok(farthest(a, b) > 3, 'the two digits are the same');

    const way = page.getByRole('slider', { name: 'From A to B' });
    const between = page.getByRole('img', { name: 'The digit between A and B' });
    for (const [at, end] of [
      [0, a],
      [100, b],
    ] as const) {
      await way.fill(String(at));
      await page.waitForSelector(`#generate .large[data-at="${at / 100}"]`);
      assert.ok(farthest(await greyOf(between), end) <= 1);
    }
    const strip = await greyOf(page.getByRole('img', { name: '9 digits from A to B' }));
    const image = (index: number) => strip.filter((_, i) => Math.floor((i % (9 * 28)) / 28) === index);
    assert.ok(farthest(image(0), a) <= 1);
    assert.ok(farthest(image(8), b) <= 1);

    const changed = page.getByRole('img', { name: 'The digit that the sliders change' });
    const first = page.getByRole('slider', { name: /^Principal 1 \(× \d\.\d\d\)/ });
    const same = async () => {
      await page.waitForSelector('#generate .large[data-moved="0"]');
      return greyOf(changed);
    };
    assert.ok(farthest(await same(), b) <= 1);
    await first.fill('4');
    await page.waitForSelector('#generate .large[data-moved="4"]');
    assert.ok(farthest(await greyOf(changed), b) > 3);
    await page.getByRole('button', { name: 'Reset' }).click();
    assert.ok(farthest(await same(), b) <= 1);
    await page.getByRole('combobox', { name: 'Directions' }).selectOption('random');
    await page.getByRole('slider', { name: 'Random 6' }).waitFor();
  },
);

test(
  'an epoch’s generator in float16 draws nearly the same, and says when it has no discriminator',
  options,
  async t => {
    const page = await openGenerate(t);
    const generator = page.getByRole('combobox', { name: 'Generator' });
    assert.deepEqual(await generator.locator('option').allTextContents(), [
      'Checkpoint 3',
      'Checkpoint 2',
      'Epoch 3 (step 3)',
      'Epoch 2 (step 2)',
      'Epoch 1 (step 1)',
    ]);
    const exact = await digitsOf(page);
    await drawn(page, () => generator.selectOption('Epoch 3 (step 3)'));
    const difference = farthest(exact, await digitsOf(page));
    t.diagnostic(`float16 differs by ${difference} grey values at most`);
    assert.ok(difference <= 2, `${difference}`);
    assert.ok((await scoresOf(page)).every(score => score > 0));
    await drawn(page, () => generator.selectOption('Epoch 1 (step 1)'));
    await page
      .getByText('Epoch 1 (step 1) has no discriminator beside it, so there are no scores, and no order by them.')
      .waitFor();
    assert.deepEqual(await scoresOf(page), Array(16).fill(Number.NaN));
    assert.ok(farthest(exact, await digitsOf(page)) > 3);
  },
);

test('a checkpoint that was deleted meanwhile is told of, and another one can be chosen', options, async t => {
  const copy = copyRun(t, run, 'deleted.zarr');
  const page = await openGenerate(t, copy, [404]);
  rmSync(join(copy, 'checkpoints/00000002'), { recursive: true });
  const generator = page.getByRole('combobox', { name: 'Generator' });
  await generator.selectOption('Checkpoint 2');
  await page.getByText('Checkpoint 2 is not there any more, or damaged: choose another one.').waitFor();
  await drawn(page, () => generator.selectOption('Checkpoint 3'));
  assert.equal(await page.locator('#generate .note').count(), 0);
});

test('nothing of it is loaded before it is asked for, and it needs WebAssembly', options, async t => {
  const { page, requests } = await openPage(t, browser, await serveRuns(t, run));
  await page.getByRole('button', { name: 'Draw digits' }).waitFor();
  const loaded = () => requests.filter(each => /Worker|wasm|dense/.test(each));
  assert.deepEqual(loaded(), []);
  await page.evaluate('delete globalThis.WebAssembly');
  await page.getByRole('button', { name: 'Draw digits' }).click();
  await page.getByText('This browser has no WebAssembly.').waitFor();
});

test(
  'a histogram counts every number of its tensor, at the step of the cursor; filters are pictures',
  options,
  async t => {
    const { page } = await openPage(t, browser, await serveRuns(t, run));
    const weights = page.locator('#weights');
    await weights.scrollIntoViewIfNeeded();
    const tensor = page.getByRole('combobox', { name: 'Tensor' });
    await tensor.waitFor();
    await page.locator('#weights summary').click();
    for (const name of ['generator/dense_1/kernel', 'generator/batch_norm/moving_mean', 'discriminator/dense_2/bias']) {
      await tensor.selectOption(name);
      const size = sizeOf(plan.tensors.find(each => each.name === name)!.shape);
      await weights
        .getByRole('img', { name: `Histogram of ${name}. Step 3: ${size.toLocaleString('en-US')} number` })
        .waitFor();
      const cells = await page.locator('#weights tbody td:last-child').allTextContents();
      assert.equal(cells.length, 64);
      assert.equal(
        cells.reduce((sum, cell) => sum + Number(cell.replaceAll(',', '')), 0),
        size,
      );
    }
    await page.getByRole('slider', { name: 'Step of the histogram' }).fill('0');
    await weights.getByText(/^Step 0: 1 number /).waitFor();
    await page.waitForSelector('.film-fixed canvas[data-step="0"]');
    await page.waitForFunction(() => document.querySelectorAll('#weights .filters canvas').length === 128);
  },
);

test('a run from before there were histograms says so', options, async t => {
  const old = copyRun(t, run, 'old.zarr');
  const { metadata } = JSON.parse(readFileSync(join(old, '.zmetadata'), 'utf8'));
  for (const key of Object.keys(metadata)) if (key.startsWith('samples/histogram')) delete metadata[key];
  writeFileSync(join(old, '.zmetadata'), JSON.stringify({ metadata, zarr_consolidated_format: 1 }));
  const { page } = await openPage(t, browser, await serveRuns(t, old));
  await page.locator('#weights').scrollIntoViewIfNeeded();
  await page.getByText('This run has no histograms: it was begun with a gan-dist that kept none.').waitFor();
});

test('a run whose model is of a later gan-dist, or does not fit together, is told of', options, async t => {
  for (const [index, [model, problem]] of (
    [
      [
        { ...reference, discriminator: [{ kind: 'attention' }] },
        `layer 1 of the discriminator: kind of the model expects ${Object.keys(layerKinds).join(', ')}, found "attention"`,
      ],
      [{ ...reference, latentSize: 0 }, 'latentSize of the model expects a whole number from 1 on, found 0'],
      [{ ...reference, discriminator: [] }, 'the discriminator has no layers'],
    ] as const
  ).entries()) {
    const other = copyRun(t, run, `other-${index}.zarr`);
    const { metadata } = JSON.parse(readFileSync(join(other, '.zmetadata'), 'utf8'));
    metadata['.zattrs'].model = model;
    writeFileSync(join(other, '.zmetadata'), JSON.stringify({ metadata, zarr_consolidated_format: 1 }));
    const { page } = await openPage(t, browser, await serveRuns(t, other));
    await page.getByText(`run a has a model that cannot be shown: ${problem}.`, { exact: true }).waitFor();
  }
});

test('axe finds nothing in what is drawn, and nothing is wider than a telephone', options, async t => {
  const page = await openGenerate(t);
  await page.locator('#weights').scrollIntoViewIfNeeded();
  await page.waitForSelector('#weights .filters canvas');
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  for (const theme of ['light', 'dark']) {
    if (theme === 'dark') await page.getByRole('button', { name: 'Switch to dark colours' }).click();
    const found = await page.evaluate(
      `${axe}; axe.run().then(({ violations }) => violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' ')))`,
    );
    assert.deepEqual(found, [], theme);
  }
  await page.setViewportSize({ width: 390, height: 800 });
  const tooWide = () => {
    const all = [...document.querySelectorAll('#generate *, #weights *')];
    return all.filter(each => each.getBoundingClientRect().right > innerWidth - 24).map(each => each.outerHTML);
  };
  assert.deepEqual(await page.evaluate(tooWide), []);
});
