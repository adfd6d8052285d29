/** `gan-dist data fetch`: gets MNIST. What it does is in data/fetch.ts; here is what people see. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { FetchProgress } from '../../data/fetchProgress.js';
import { ganDist } from '../../shared/program.js';
import { quoteForShell } from '../../shared/shell.js';
import { collect, pathOption } from '../options/options.js';
import { openStatusLine, type StatusLine } from '../terminal/statusLine.js';

interface FetchFlags {
  dir?: string;
  mirror?: string[];
}

export function addDataCommand(program: Command): void {
  const data = program.command('data').description('the images to train on');
  data
    .command('fetch')
    .description('download the four files of MNIST, verify them, and keep them where train finds them')
    .option(
      '--dir <dir>',
      'where to put them (default: the cache, $XDG_CACHE_HOME/gan-dist/mnist)',
      pathOption('--dir'),
    )
    .option('--mirror <url>', 'a folder to get them from, instead of the well-known ones; may be repeated', collect)
    .action(fetchData);
}

async function fetchData({ dir, mirror }: FetchFlags): Promise<void> {
  const { fetchMnist } = await import('../../data/fetch.js');
  // Only a terminal sees a file load.
  const line = openStatusLine(process.stderr, Number.POSITIVE_INFINITY);
  const result = await fetchMnist({
    dir: dir === undefined ? undefined : path.resolve(dir),
    mirrors: mirror,
    onProgress: showFetched(line),
  }).finally(line.end);
  // Only a clone's folder has it; everywhere else the defaults are the same run.
  const config = existsSync('configs/mnist.yaml') ? ' --config configs/mnist.yaml' : '';
  const use = dir === undefined ? '' : ` --set ${quoteForShell(`data.dir=${dir}`)}`;
  process.stderr.write(`MNIST is in ${result.dir}; train on it with: ${ganDist} train${config}${use}\n`);
}

/** A line for each file that is done and each mirror that failed; while a file loads, the status. */
export const showFetched =
  (line: StatusLine) =>
  (progress: FetchProgress): void =>
    progress.state === 'loading' ? line.draw(describe(progress)) : line.say(describe(progress));

function describe(progress: FetchProgress): string {
  const { file } = progress;
  if (progress.state === 'present') return `${file}: already there, and good`;
  if (progress.state === 'fetched') return `${file}: fetched and verified`;
  if (progress.state === 'failed') return `${file}: ${progress.mirror} failed: ${progress.problem}`;
  const { bytes, totalBytes, mirror } = progress;
  const share = totalBytes ? ` of ${megabytes(totalBytes)} (${Math.floor((100 * bytes) / totalBytes)} %)` : '';
  return `${file}: ${megabytes(bytes)}${share} from ${new URL(mirror).host}`;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
