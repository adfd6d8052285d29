/** The page of `view`, in a real browser. */
import assert from 'node:assert/strict';
import { readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { arrangeGrid } from '../../src/pictures/pixels.js';
import { colour, makePictureRun, pictureSampleOf } from '../store/pictureRuns.js';
import { makeClosedRun, makeFolder, makeRun, sampleOf, trainTo } from '../store/testRuns.js';
import { launchChromium, withoutChromium } from './chromium.js';
import { openPage, serveRuns, shownStep, waitForStep } from './openPage.js';

const options = { skip: withoutChromium, timeout: 120_000 };
let browser: Browser;
before(async () => {
  if (!withoutChromium) browser = await launchChromium();
});
after(() => browser?.close());

/** Numbers of the legend of a chart. */
const legend = (page: Page, chart: string) => page.locator(`#chart-${chart} .legend b`).allTextContents();

test('a film can be scrubbed, stepped by keys and played, and the charts follow it', options, async t => {
  const path = join(await makeFolder(t), 'a.zarr');
  await makeClosedRun(path, [21]);
  const { page } = await openPage(t, browser, await serveRuns(t, path));
  await waitForStep(page, 20);
  // log 2 − (20 + 0.25)
  await page.waitForFunction(() => document.querySelector('#chart-divergence .legend b')?.textContent === '−19.5569');
  assert.deepEqual(await legend(page, 'losses'), ['20.2500', '−20.0000']);

  const scrubber = page.getByRole('slider', { name: 'Step of the film' });
  await scrubber.fill('1');
  await waitForStep(page, 5);
  await waitForStep(page, 5, '.film-grid');
  assert.deepEqual(await legend(page, 'losses'), ['5.2500', '−5.0000']);
  assert.equal(await scrubber.getAttribute('aria-valuetext'), 'Step 5, epoch 1');
  const pixels = await page.locator('.film-fixed canvas').evaluate(canvas => {
    const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, 28, 1);
    return [...data.filter((_, i) => i % 4 === 0)];
  });
  assert.deepEqual(pixels, [...sampleOf(5).fixed.subarray(0, 28)]);

  const film = page.getByRole('group', { name: /^Film/ });
  for (const [key, step] of [
    ['ArrowRight', 10],
    ['End', 20],
    ['ArrowRight', 20],
    ['ArrowLeft', 15],
    ['Home', 0],
  ] as const) {
    await film.press(key);
    await waitForStep(page, step);
  }
  await page.getByRole('combobox', { name: 'Pictures a second' }).selectOption('25');
  const shown = await page.locator('.film-fixed canvas').evaluateHandle(canvas => {
    const steps: number[] = [];
    new MutationObserver(() => steps.push(Number((canvas as HTMLCanvasElement).dataset.step))).observe(canvas, {
      attributeFilter: ['data-step'],
    });
    return steps;
  });
  await film.press(' ');
  await waitForStep(page, 20);
  assert.deepEqual(await shown.jsonValue(), [5, 10, 15, 20]);
  // From its end it begins anew.
  await page.getByRole('button', { name: 'Play' }).click();
  await page.waitForFunction(steps => steps.length >= 9, shown);
  assert.deepEqual(await shown.jsonValue(), [5, 10, 15, 20, 0, 5, 10, 15, 20]);
});

test('the charts are zoomed by wheel, drag and button, and their cursor moves the film', options, async t => {
  const path = join(await makeFolder(t), 'a.zarr');
  await makeClosedRun(path, [101]);
  const { page } = await openPage(t, browser, await serveRuns(t, path));
  await waitForStep(page, 100);
  const plot = page.locator('#chart-losses .u-over');
  const { x, y, width, height } = (await plot.boundingBox())!;
  /** Steps at both ends, by what the cursor says there. */
  const ends = async () => {
    const steps = [];
    for (const at of [x, x + width - 1]) {
      await page.mouse.move(at, y + height / 2);
      steps.push(Number(/Step (\d+)/.exec((await page.locator('#charts .readout').textContent())!)![1]));
    }
    return steps;
  };
  assert.deepEqual(await ends(), [0, 100]);
  await page.mouse.move(x + width / 4, y + height / 2);
  await waitForStep(page, 25);

  await page.mouse.move(x + width / 2, y + 10);
  await page.mouse.wheel(0, -200);
  const [from, to] = await ends();
  assert.ok(from! > 10 && to! < 90, `${from} to ${to}`);
  await plot.dblclick();
  assert.deepEqual(await ends(), [0, 100]);

  await page.mouse.move(x + width * 0.2, y + 10);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.4, y + 10, { steps: 5 });
  await page.mouse.up();
  assert.deepEqual(await ends(), [20, 40]);
  await page.getByRole('button', { name: 'Show all steps' }).click();
  await page.getByRole('button', { name: 'Zoom in' }).click();
  const [low, high] = await ends();
  assert.ok(high! - low! > 40 && high! - low! < 60, `${low} to ${high}`);
});

test('a page that is open follows the run, and keeps the step that the reader chose', options, async t => {
  const path = await realpath(await makeFolder(t)).then(folder => join(folder, 'a.zarr'));
  const writer = await makeRun(path, [11]);
  t.after(() => writer.close());
  const { page, requests } = await openPage(t, browser, await serveRuns(t, path));
  await waitForStep(page, 10);
  await trainTo(writer, 26);
  await waitForStep(page, 25);
  assert.match((await page.locator('#summary').textContent())!, /^26 steps/);
  await page.getByRole('slider', { name: 'Step of the film' }).fill('1');
  await waitForStep(page, 5);
  await trainTo(writer, 31);
  await page.waitForFunction(() => document.querySelector('#summary')?.textContent?.startsWith('31 steps'));
  assert.equal(await shownStep(page), 5);
  assert.deepEqual(await legend(page, 'losses'), ['5.2500', '−5.0000']);
  // Pictures that the page has are not asked for again.
  const pictures = requests.filter(each => each.includes('samples/fixed/2.'));
  assert.equal(pictures.length, 1);
});

test('a page that nobody sees asks for nothing, and looks at once when it is seen again', options, async t => {
  const path = join(await makeFolder(t), 'a.zarr');
  const writer = await makeRun(path, [6]);
  t.after(() => writer.close());
  const { page, requests } = await openPage(t, browser, await serveRuns(t, path), { hasOwnClock: true });
  await waitForStep(page, 5);
  const setHidden = (isHidden: boolean) =>
    page.evaluate(hidden => {
      Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, isHidden);
  const looks = () => requests.filter(each => each.endsWith('.zmetadata')).length;
  await setHidden(true);
  const before = looks();
  await trainTo(writer, 11);
  await page.clock.runFor(60_000);
  assert.equal(looks(), before);
  await setHidden(false);
  await waitForStep(page, 10);
});

test('two runs are compared: curves in one chart, films side by side, settings that differ', options, async t => {
  const folder = await makeFolder(t);
  await makeClosedRun(join(folder, 'a.zarr'), [11]);
  await makeClosedRun(join(folder, 'b.zarr'), [31]);
  const { page } = await openPage(t, browser, await serveRuns(t, join(folder, 'a.zarr'), join(folder, 'b.zarr')));
  assert.equal(await page.locator('h1').textContent(), 'run a and run b');
  await page.waitForSelector('.film-fixed:nth-child(2) canvas[data-step="30"]');
  assert.equal(await shownStep(page), 10);
  assert.deepEqual(await page.locator('#chart-divergence .legend li span').allTextContents(), [
    'run a: JSD ≥ log 2 − D’s loss',
    'run b: JSD ≥ log 2 − D’s loss',
  ]);
  await page.waitForFunction(() => document.querySelectorAll('#chart-losses .legend b')[2]?.textContent === '30.2500');
  assert.deepEqual(await legend(page, 'losses'), ['–', '–', '30.2500', '−30.0000']);
  assert.deepEqual(await page.locator('#facts tr.differs th').first().textContent(), 'Steps');
});

test('an empty run says so, and is followed', options, async t => {
  const path = join(await makeFolder(t), 'a.zarr');
  const writer = await makeRun(path, []);
  t.after(() => writer.close());
  const { page } = await openPage(t, browser, await serveRuns(t, path));
  await page.getByText('No picture yet: the first one comes with the first step that is sampled.').waitFor();
  await page.getByText('No step yet: the curves begin with the first commit.').waitFor();
  await trainTo(writer, 6);
  await waitForStep(page, 5);
});

test('a damaged run shows what is wrong, and itself when it is mended', options, async t => {
  const path = join(await makeFolder(t), 'a.zarr');
  await makeClosedRun(path, [11]);
  const metadata = await readFile(join(path, '.zmetadata'));
  await writeFile(join(path, '.zmetadata'), metadata.subarray(0, 1000));
  await rm(join(path, 'samples/fixed/1.0.0.0'));
  await rm(join(path, 'metrics/g_loss/0'));
  const { page } = await openPage(t, browser, await serveRuns(t, path), { expected: [404] });
  await page.getByText('The metadata of run a (.zmetadata) are damaged.').waitFor();
  await rm(join(path, '.zmetadata'));
  await page.getByText('There is no run in run a: its metadata (.zmetadata) are missing.').waitFor();
  await writeFile(join(path, '.zmetadata'), metadata);
  await waitForStep(page, 10);
  assert.equal(await page.locator('#message').isVisible(), false);
  await page.getByText('metrics/g_loss/0 of the run cannot be read: it is missing.').waitFor();
  assert.deepEqual(await legend(page, 'losses'), ['10.2500', '–']);
  await page.getByRole('slider', { name: 'Step of the film' }).fill('1');
  await page.getByText('samples/fixed/1.0.0.0 of the run cannot be read: it is missing.').waitFor();
});

test('nothing is wider than a telephone, and axe finds nothing, light or dark', options, async t => {
  const path = join(await makeFolder(t), 'a.zarr');
  await makeClosedRun(path, [21]);
  const url = await serveRuns(t, path);
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  for (const width of [390, 1400]) {
    const { page } = await openPage(t, browser, url, { width });
    await waitForStep(page, 20);
    for (const theme of ['light', 'dark']) {
      if (theme === 'dark') await page.getByRole('button', { name: 'Switch to dark colours' }).click();
      assert.equal(
        await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        0,
        `${width} ${theme}`,
      );
      const found = await page.evaluate(
        `${axe}; axe.run().then(({ violations }) => violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' ')))`,
      );
      assert.deepEqual(found, [], `${width} ${theme}`);
    }
  }
});

test('a film in colour has the colours of the store', options, async t => {
  const path = join(await makeFolder(t), 'colour.zarr');
  await makePictureRun(path, colour, 2);
  const { page } = await openPage(t, browser, await serveRuns(t, path));
  const { grid, fixed } = pictureSampleOf(1, colour);
  for (const [film, picture] of [
    ['.film-fixed', arrangeGrid(fixed, colour)],
    ['.film-grid', grid],
  ] as const) {
    await waitForStep(page, 1, film);
    const shown = await page.locator(`${film} canvas`).evaluate(element => {
      const canvas = element as HTMLCanvasElement;
      const { width, height, data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return { width, height, pixels: [...data.filter((_, i) => i % 4 < 3)] };
    });
    assert.deepEqual(shown, { width: picture.width, height: picture.height, pixels: [...picture.pixels] });
  }
});
