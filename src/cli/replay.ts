/** `gan-dist replay`: proof that a run is what it says, by computing a stretch of it again. It changes nothing. */
import type { Command } from 'commander';
import { checkStoredConfig } from '../shared/config.js';
import { collect, parseCount } from './options.js';

interface ReplayFlags {
  from: string;
  to: string;
  workers?: string;
  set?: string[];
}

export function addReplayCommand(program: Command): void {
  program
    .command('replay')
    .description(
      'compute the steps between two checkpoints again and compare: "bit-equal", "equal within …" on another machine, "not testable here", or "different"; exit with 1 for the last two',
    )
    .argument('<run>', 'the run’s store')
    .requiredOption(
      '--from <step>',
      'the checkpoint to begin with; 0: the seed alone, whether or not its checkpoint is kept',
    )
    .requiredOption('--to <step>', 'the checkpoint to arrive at')
    .option('--workers <n>', 'worker threads, or auto; changes the speed and not one bit of the result')
    .option('--set <key=value>', 'what does not change the maths, such as data.dir; may be repeated', collect)
    .action(replayRun);
}

async function replayRun(path: string, flags: ReplayFlags): Promise<void> {
  const [{ resolveConfig }, { replay }, { openRun }, { openStatusLine }, { describeSeconds }] = await Promise.all([
    import('../coordinator/readConfig.js'),
    import('../coordinator/replay.js'),
    import('../store/index.js'),
    import('./statusLine.js'),
    import('./progress.js'),
  ]);
  const [from, to] = [parseCount('--from', flags.from, 0)!, parseCount('--to', flags.to, 0)!];
  const run = await openRun(path);
  const config = resolveConfig({
    stored: checkStoredConfig(run.config, run.path),
    set: flags.set,
    flags: { 'output.run': run.path, 'parallel.workers': flags.workers ?? 'auto' },
    cwd: process.cwd(),
  });
  const line = openStatusLine(process.stderr, 10_000);
  line.draw('Loading the images and TensorFlow …');
  const started = performance.now();
  const showProgress = (done: number, total: number) => {
    const secondsLeft = ((performance.now() - started) / done / 1000) * (total - done);
    line.draw(`step ${done} of ${total}  ${describeSeconds(secondsLeft)} left`);
  };
  const { answer, within, finding, engineChanges } = await replay({
    config,
    from,
    to,
    onStep: showProgress,
    onNotice: line.say,
  }).finally(line.end);
  const engine = engineChanges.length === 0 ? 'engine and processor: those of the run' : engineChanges.join('\n');
  process.stdout.write(`${within === undefined ? answer : `${answer} ${within}`}: ${finding}\n${engine}\n`);
  if (answer === 'different' || answer === 'not testable here') process.exitCode = 1;
}
