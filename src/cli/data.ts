/** `gan-dist data fetch`: gets MNIST. What it does is in coordinator/datasets/fetch.ts; here is what people see. */
import type { Command } from 'commander';
import type { FetchProgress } from '../coordinator/datasets/fetch.js';
import { collect } from './options.js';

interface FetchFlags {
  dir?: string;
  mirror?: string[];
}

export function addDataCommand(program: Command): void {
  const data = program.command('data').description('the images to train on');
  data
    .command('fetch')
    .description('download the four files of MNIST, verify them, and keep them where train finds them')
    .option('--dir <dir>', 'where to put them (default: the cache, $XDG_CACHE_HOME/gan-dist/mnist)')
    .option('--mirror <url>', 'a folder to get them from, instead of the well-known ones; may be repeated', collect)
    .action(fetchData);
}

async function fetchData({ dir, mirror }: FetchFlags): Promise<void> {
  const { fetchMnist } = await import('../coordinator/datasets/fetch.js');
  const path = await import('node:path');
  const result = await fetchMnist({
    dir: dir === undefined ? undefined : path.resolve(dir),
    mirrors: mirror,
    onProgress: progressTo(process.stderr),
  });
  const use = dir === undefined ? '' : ` --set data.dir=${dir}`;
  process.stderr.write(
    `MNIST is in ${result.dir}; train on it with: npx gan-dist train --config configs/mnist.yaml${use}\n`,
  );
}

/** A line that redraws on a terminal; elsewhere a line for each file that is done or mirror that failed. */
export function progressTo(stream: {
  write(text: string): unknown;
  isTTY?: boolean;
}): (progress: FetchProgress) => void {
  let drawnAt = 0;
  const clear = stream.isTTY ? '\r\x1b[K' : '';
  return progress => {
    if (progress.state !== 'loading') {
      stream.write(`${clear}${describe(progress)}\n`);
    } else if (stream.isTTY && performance.now() - drawnAt > 100) {
      drawnAt = performance.now();
      stream.write(`${clear}${describe(progress)}`);
    }
  };
}

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
