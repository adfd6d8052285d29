/** `gan-dist replay`: proof that a run is what it says, by computing a stretch of it again. It changes nothing. */
import type { Command } from 'commander';
import type { Replay } from '../../coordinator/proof/replay.js';
import { parseCount, parseWorkers, pathOption, runArgument } from '../options/options.js';
import type { StatusLine } from '../terminal/statusLine.js';

interface ReplayFlags {
  from: string;
  to: string;
  workers?: string;
  dataDir?: string;
}

export function addReplayCommand(program: Command): void {
  program
    .command('replay')
    .description(
      'compute the steps between two checkpoints again and compare: "bit-equal", "equal within …" on another machine, "not testable here", or "different"; exit with 1 for the last two',
    )
    .argument(...runArgument)
    .requiredOption(
      '--from <step>',
      'required: the checkpoint to begin with; 0: the seed alone, whether or not its checkpoint is kept (for an imported run, what was imported)',
    )
    .requiredOption('--to <step>', 'required: the checkpoint to arrive at')
    .option('--workers <n>', 'worker threads, or auto; changes the speed and not one bit of the result')
    .option('--data-dir <dir>', 'where the images are, if not where the run found them', pathOption('--data-dir'))
    .action(replayRun);
}

async function replayRun(run: string, flags: ReplayFlags): Promise<void> {
  const [{ replay }, { openStatusLine }, { describeSeconds }, path] = await Promise.all([
    import('../../coordinator/proof/replay.js'),
    import('../terminal/statusLine.js'),
    import('../train/progress.js'),
    import('node:path'),
  ]);
  const options = {
    run,
    from: parseCount('--from', flags.from, 0)!,
    to: parseCount('--to', flags.to, 0)!,
    workers: parseWorkers(flags.workers),
    dataDir: flags.dataDir === undefined ? undefined : path.resolve(flags.dataDir),
  };
  const line = openStatusLine(process.stderr, 10_000);
  line.draw('Loading the images and TensorFlow …');
  const onStep = showReplay(line, describeSeconds);
  const result = await replay({ ...options, onStep, onNotice: line.say }).finally(line.end);
  process.stdout.write(`${formatReplay(result)}\n`);
  if (result.answer === 'different' || result.answer === 'not testable here') process.exitCode = 1;
}

/** The first step ends after TensorFlow is loaded and warm: the time left is reckoned from there. */
function showReplay(line: StatusLine, describeSeconds: (seconds: number) => string) {
  let begun: number | undefined;
  return (done: number, total: number): void => {
    begun ??= performance.now();
    const secondsLeft = ((performance.now() - begun) / 1000 / Math.max(1, done - 1)) * (total - done);
    line.draw([`step ${done} of ${total}`, ...(done > 1 ? [`${describeSeconds(secondsLeft)} left`] : [])].join('  '));
  };
}

function formatReplay({ answer, within, finding, engineChanges }: Replay): string {
  const engines = engineChanges.map(({ name, before, after }) => `${name}: ${before} in the run, ${after} here`);
  if (engines.length === 0 && answer !== 'not testable here') engines.push('engine and processor: those of the run');
  return [`${within === undefined ? answer : `${answer} ${within}`}: ${finding}`, ...engines].join('\n');
}
