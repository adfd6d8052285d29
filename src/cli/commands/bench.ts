/**
 * `gan-dist bench`: how fast this machine trains, with how many workers it should, and where the
 * time goes. Writes no run.
 */
import type { Command } from 'commander';
import { integer } from '../../config/valueKinds.js';
import { UsageError } from '../../shared/errors.js';
import { collect, parseCount, pathOption } from '../options/options.js';

interface BenchFlags {
  config?: string;
  set?: string[];
  workers?: string;
  steps: string;
  trace?: string;
  json?: boolean;
}

export function addBenchCommand(program: Command): void {
  program
    .command('bench')
    .description(
      'measure training steps: time, images/s and phases for each number of workers, the best number for this machine, and what more cores would bring',
    )
    .option(
      '--workers <list>',
      'numbers of workers to compare, such as 1,2,4 (default: parallel.workers; if that is auto, 1, 2, 4, … up to this machine’s threads, at most parallel.slices)',
    )
    .option(
      '--config <file>',
      'YAML file; without it, the defaults on the digits that come with gan-dist',
      pathOption('--config'),
    )
    .option('--set <key=value>', 'any config key (train --help lists them); may be repeated', collect)
    .option('--steps <n>', 'steps to measure for each number, in two rounds with two more each that warm up', '20')
    .option(
      '--trace <file>',
      'write what each rank did when, for chrome://tracing or ui.perfetto.dev',
      pathOption('--trace'),
    )
    .option('--json', 'one JSON object instead of tables')
    .action(runBench);
}

async function runBench(flags: BenchFlags): Promise<void> {
  const [{ resolveConfig }, { countWorkers }, { measureWorkers }, { openStatusLine }, { plural }, report] =
    await Promise.all([
      import('../../config/readConfig.js'),
      import('../../coordinator/pool/countWorkers.js'),
      import('../../coordinator/bench/measure.js'),
      import('../terminal/statusLine.js'),
      import('../terminal/format.js'),
      import('../bench/report.js'),
    ]);
  const steps = parseCount('--steps', flags.steps)!;
  const digits = flags.config === undefined ? ['data.source=mnist-10k'] : [];
  const config = resolveConfig({ file: flags.config, set: [...digits, ...(flags.set ?? [])], cwd: process.cwd() });
  const { slices } = config.parallel;
  const usual = countWorkers(config).workers;
  const workers =
    parseList(flags.workers, slices) ?? (config.parallel.workers === 'auto' ? listPowers(usual) : [usual]);
  if (flags.trace !== undefined) {
    const { assertOutputFile } = await import('../output/outputFile.js');
    await assertOutputFile('--trace', flags.trace, undefined, 'trace.json');
  }

  const line = openStatusLine(process.stderr, 10_000);
  line.draw('Loading the images and TensorFlow …');
  const onStep = (count: number, done: number, total: number) =>
    line.draw(`step ${done} of ${total}, with ${plural(count, 'worker')}`);
  const measurements = await measureWorkers({ config, workers, steps, onStep }).finally(line.end);

  if (flags.trace !== undefined) {
    const [{ encodeTrace }, { writeOutputFile }] = await Promise.all([
      import('../../coordinator/bench/trace.js'),
      import('../output/outputFile.js'),
    ]);
    await writeOutputFile(flags.trace, encodeTrace(measurements));
    line.say(`${flags.trace} shows every step: open it in chrome://tracing or ui.perfetto.dev`);
  }
  const text = flags.json ? report.toJson(config, measurements) : report.toText(config, measurements);
  process.stdout.write(`${text}\n`);
}

/** @throws UsageError */
function parseList(text: string | undefined, slices: number): number[] | undefined {
  if (text === undefined) return undefined;
  const kind = integer(1, slices);
  const counts = text.split(',').map(part => kind.accept(kind.fromText(part.trim())));
  if (counts.some(count => count === undefined))
    throw new UsageError(
      `--workers expects ${slices === 1 ? '1' : `numbers from 1 to ${slices}, such as 1,2`} (parallel.slices is ${slices}), found "${text}"`,
    );
  return [...new Set(counts as number[])].sort((a, b) => a - b);
}

/** 1, 2, 4, … and `most`. */
function listPowers(most: number): number[] {
  const powers = Array.from({ length: 31 - Math.clz32(most) + 1 }, (_, i) => 2 ** i);
  return [...new Set([...powers, most])];
}
