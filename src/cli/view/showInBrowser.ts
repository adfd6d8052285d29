/** Serves runs until a signal comes, and opens a browser where there is one. */

import { pageFolder } from '../../view/pageFolder.js';
import { isLoopback } from '../../view/server/names.js';
import { serve } from '../../view/server/serve.js';
import { shorten } from '../output/saySafe.js';
import { catchSignals } from '../terminal/signals.js';
import { hasDesktop, openBrowser } from './browser.js';
import { findRuns } from './findRuns.js';

export interface ViewOptions {
  readonly host: string;
  readonly port: number;
  /** Ports after it that will do too. */
  readonly more: number;
  readonly open: boolean;
}

export async function showInBrowser(runs: readonly string[], { open, ...where }: ViewOptions): Promise<void> {
  const found = await findRuns(runs, say);
  const serving = await serve({ ...where, page: pageFolder, runs: found });
  if (where.port !== 0 && serving.port !== where.port)
    say(`Port ${where.port} is taken by another program: this is port ${serving.port}.`);
  if (!isLoopback(where.host))
    say(
      `Whoever reaches ${where.host} can read this run, without a password: anybody in the network, if it lets them.`,
    );
  say(`Showing ${found.map(run => shorten(run.path)).join(' and ')}, read only. Ctrl-C ends it.`);
  process.stdout.write(`${serving.url}\n`);
  if (open && hasDesktop()) openBrowser(serving.url);
  await untilSignal();
  await serving.close();
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function untilSignal(): Promise<void> {
  return new Promise(resolve => {
    const signals = catchSignals({
      onFirst: () => {
        process.exitCode = signals.exitCode;
        signals.release();
        resolve();
      },
    });
  });
}
