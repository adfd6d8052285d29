/** A page of `view` in a real browser, which must ask no other host, and have nothing to complain of. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { pageFolder } from '../../src/view/pageFolder.js';
import { serve } from '../../src/view/server/serve.js';

/** Serves stores until the test ends. */
export async function serveRuns(t: TestContext, ...paths: string[]): Promise<string> {
  const runs = paths.map((path, index) => ({ name: `run ${'ab'[index]}`, path }));
  const serving = await serve({ page: pageFolder, runs, host: '127.0.0.1', port: 0, more: 0 });
  t.after(() => serving.close());
  return serving.url;
}

export interface OpenedPage {
  readonly page: Page;
  /** Every URL that was asked for. */
  readonly requests: string[];
}

interface PageOptions {
  width?: number;
  /** A clock that the test can let run. */
  hasOwnClock?: boolean;
  /** Statuses that the test expects some requests to have; the browser complains of each. */
  expected?: number[];
}

/** @param url - where the page is; whatever else it asks for fails the test, and so does an error in it */
export async function openPage(
  t: TestContext,
  browser: Browser,
  url: string,
  options: PageOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: options.width ?? 1400, height: 900 } });
  // Loaded machines are slow; a test has a limit of its own.
  context.setDefaultTimeout(240_000);
  const page = await context.newPage();
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('request', request => requests.push(request.url()));
  page.on('pageerror', error => problems.push(String(error)));
  page.on('console', message => {
    // The server may be closed before the page, which goes on following.
    if (message.text().includes('net::ERR_CONNECTION_')) return;
    const isExpected = options.expected?.some(status => message.text().includes(`status of ${status}`));
    if (['error', 'warning'].includes(message.type()) && !isExpected) problems.push(message.text());
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(problems, []);
    assert.deepEqual(
      requests.filter(each => !each.startsWith(new URL(url).origin) && !each.startsWith('data:')),
      [],
    );
  });
  if (options.hasOwnClock) await page.clock.install();
  await page.goto(url);
  return { page, requests };
}

/** The step that the film shows. */
export const shownStep = (page: Page, film = '.film-fixed'): Promise<number> =>
  page.locator(`${film} canvas`).first().getAttribute('data-step').then(Number);

/** Waits until the film shows this step. */
export const waitForStep = async (page: Page, step: number, film = '.film-fixed'): Promise<void> =>
  void (await page.waitForSelector(`${film} canvas[data-step="${step}"]`));
