/** `gan-dist film`: the training as an animated GIF or PNG, or as a strip of moments. It changes nothing in the run. */
import path from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../../shared/errors.js';
import { parseCount, pathOption, runArgument } from '../options/options.js';
import { openStatusLine } from '../terminal/statusLine.js';

interface FilmFlags {
  out: string;
  strip?: boolean;
  fps: string;
  frames?: string;
  scale: string;
  from?: string;
  to?: string;
}

/**
 * Frames, unless told otherwise: a film of 10 seconds and some megabytes, and a strip that a page
 * is wide enough for.
 */
const defaultFrames = { film: 120, strip: 16 };

export function addFilmCommand(program: Command): void {
  program
    .command('film')
    .description('make a film of the training: what the generator makes of the same 64 noises, from sample to sample')
    .argument(...runArgument)
    .option('--out <file>', 'NAME.gif: an animated GIF; NAME.png: an animated PNG', pathOption('--out'), 'film.gif')
    .option('--strip', 'NAME.png is one still picture: a column a moment, a row a noise (the first 8 of the 64)')
    .option('--fps <n>', 'frames a second, 1 to 50; the last one stays for 2 seconds', '12')
    .option('--frames <n>', 'at most so many, at even distances (default: 120; of a strip 16)')
    .option('--scale <n>', 'each pixel as a square of n × n, 1 to 16', '2')
    .option('--from <step>', 'begin at this step (default: the first sample)')
    .option('--to <step>', 'end at this step (default: the last sample)')
    .addHelpText('after', '\nThe bar under the film says how far it is, in steps.')
    .action(film);
}

async function film(runPath: string, flags: FilmFlags): Promise<void> {
  const kind = chooseKind(flags);
  const fps = parseCount('--fps', flags.fps, 1, 50)!;
  const scale = parseCount('--scale', flags.scale, 1, 16)!;
  const most = parseCount('--frames', flags.frames) ?? defaultFrames[kind === 'strip' ? 'strip' : 'film'];
  const range = { from: parseCount('--from', flags.from, 0) ?? 0, to: parseCount('--to', flags.to, 0) ?? Infinity };

  const [{ openRun }, { chooseMoments, describeSteps }, { encodeFilm }, outputs] = await Promise.all([
    import('../../store/index.js'),
    import('../film/chooseMoments.js'),
    import('../film/encodeFilm.js'),
    import('../output/outputFile.js'),
  ]);
  const run = await openRun(runPath);
  if (kind === 'gif' && run.imageShape.channels === 3)
    throw new UsageError(
      `--out expects a name that ends in .png for a run in colour, found ${flags.out}: a GIF has only 256 colours`,
    );
  await outputs.assertOutputFile('--out', flags.out, run.path, 'film.gif');
  const moments = await chooseMoments(run, range, most);

  const line = openStatusLine(process.stderr, 5000);
  const onFrame = (done: number) => line.draw(`frame ${done + 1} of ${moments.length}`);
  const bytes = encodeFilm(kind, run, moments, { fps, scale, onFrame });
  await outputs.writeOutputFile(path.resolve(flags.out), bytes).finally(line.end);
  process.stderr.write(`${describeSteps(moments)} of ${run.path}:\n`);
  process.stdout.write(`${flags.out}\n`);
}

function chooseKind({ out, strip }: FilmFlags): 'gif' | 'apng' | 'strip' {
  const extension = path.extname(out).toLowerCase();
  if (extension === '.png') return strip ? 'strip' : 'apng';
  if (strip) throw new UsageError(`--out expects a name that ends in .png for a strip, found ${out}`);
  if (extension === '.gif') return 'gif';
  throw new UsageError(`--out expects a name that ends in .gif or .png, found ${out}`);
}
