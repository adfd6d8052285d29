/** The real programs: one trains, the other shows it, and a browser looks. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { main, makeTemporaryFolder, smallRun } from '../cli/program.js';
import { launchChromium, withoutChromium } from './chromium.js';
import { openPage, waitForStep } from './openPage.js';

function start(t: TestContext, cwd: string, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** The first text that the program writes there. */
const firstText = async (child: ChildProcess): Promise<string> => String((await once(child.stdout!, 'data'))[0]);

test('the curves and the film of a run that is trained move in a page that is open', {
  skip: withoutChromium,
  timeout: 300_000,
}, async t => {
  const folder = makeTemporaryFolder();
  const run = join(folder, 'live.zarr');
  const training = start(
    t,
    folder,
    'train',
    '--run',
    run,
    ...smallRun,
    '--set=output.sampleEvery=1',
    '--set=data.limit=160',
  );
  while (!existsSync(run)) await new Promise(resolve => setTimeout(resolve, 100));
  const viewing = start(t, folder, 'view', run, '--port', '0', '--no-open');
  const url = (await firstText(viewing)).trim();
  const browser = await launchChromium();
  t.after(() => browser.close());
  const { page } = await openPage(t, browser, url);
  const seen = new Set<string>();
  while (![...seen].some(summary => summary.startsWith('5 of 5 steps'))) {
    seen.add((await page.locator('#summary').textContent())!);
    await page.waitForTimeout(100);
  }
  // Five steps, and the picture that shows what the next one would start from.
  await waitForStep(page, 5);
  assert.equal(
    await page
      .locator('#chart-losses .legend b')
      .first()
      .textContent()
      .then(text => /^\d\.\d{4}$/.test(text!)),
    true,
  );
  assert.equal(await page.locator('#state').textContent(), 'Complete');
  assert.ok(seen.size > 1, `${[...seen]}`);
  if (training.exitCode === null) await once(training, 'exit');
  assert.equal(training.exitCode, 0);
});
