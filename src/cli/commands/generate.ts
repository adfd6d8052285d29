/** `gan-dist generate`: new digits from a run, as one PNG grid. */
import path from 'node:path';
import type { Command } from 'commander';
import { pathOption, runArgument } from '../options/options.js';
import { openStatusLine, type StatusLine } from '../terminal/statusLine.js';

interface GenerateFlags {
  count: string;
  nice?: boolean;
  seed: string;
  step?: string;
  workers: string;
  out: string;
}

export function addGenerateCommand(program: Command): void {
  program
    .command('generate')
    .description('make new digits with the generator of a run, as one PNG')
    .argument(...runArgument)
    .option('--count <n>', 'how many, 1 to 10000', '128')
    .option('--nice', 'make 20 times as many and keep those that the discriminator likes best, the best first')
    .option('--seed <n>', 'of the noise: the same seed gives the same digits', '0')
    .option('--step <n>', 'the checkpoint to take (default: the newest)')
    .option('--workers <n>', 'worker threads, or auto; changes the speed and not one bit of the result', 'auto')
    .option('--out <file>', 'the PNG to write', pathOption('--out'), 'generated_image.png')
    .action(generate);
}

async function generate(runPath: string, flags: GenerateFlags): Promise<void> {
  const [{ checkOption, generateImages, generateRanges }, { openRun }, { arrangeGrid }, { encodePng }, outputs] =
    await Promise.all([
      import('../../coordinator/drawing/generateNew.js'),
      import('../../store/index.js'),
      import('../../pictures/pixels.js'),
      import('../../pictures/png.js'),
      import('../output/outputFile.js'),
    ]);
  const read = <Name extends keyof typeof generateRanges>(name: Name, text: string) =>
    checkOption(name, generateRanges[name].fromText(text), `--${name}`);
  const options = {
    count: read('count', flags.count),
    nice: flags.nice,
    seed: read('seed', flags.seed),
    step: flags.step === undefined ? undefined : read('step', flags.step),
    workers: read('workers', flags.workers),
  };
  const run = await openRun(runPath);
  await outputs.assertOutputFile('--out', flags.out, run.path, 'picture.png');

  const line = openStatusLine(process.stderr, 5000);
  const shown = { onProgress: showMade(line), onNotice: line.say };
  const made = await generateImages({ ...options, ...shown, run: run.path }).finally(line.end);
  await outputs.writeOutputFile(path.resolve(flags.out), encodePng(arrangeGrid(made.images, made)));
  process.stderr.write(`${describe(options)} from checkpoint ${made.step}, seed ${options.seed}:\n`);
  process.stdout.write(`${flags.out}\n`);
}

function describe({ count, nice }: { count: number; nice?: boolean }): string {
  if (nice) return `The best ${count} of ${20 * count} digits`;
  return count === 1 ? '1 digit' : `${count} digits`;
}

/** What is done sooner than this is not worth a line. */
const quietImages = 512;

/** Tells of work that takes long. */
export const showMade =
  (line: StatusLine) =>
  (made: number, total: number): void => {
    if (total > quietImages) line.draw(`${made} of ${total} digits (${Math.floor((100 * made) / total)} %)`);
  };
