/** `gan-dist resume`: goes on with a run from its newest good checkpoint, with the config that it holds. */
import type { Command } from 'commander';
import { checkStoredConfig } from '../../config/config.js';
import { UsageError } from '../../shared/errors.js';
import { describeConfigKeys } from '../options/configHelp.js';
import {
  collect,
  maxRestartsOption,
  maxTimeOption,
  parseCount,
  pathOption,
  runArgument,
  tensorboardOption,
} from '../options/options.js';
import type { RunFlags } from '../train/startTraining.js';

interface ResumeFlags extends RunFlags {
  workers?: string;
  epochs?: string;
  steps?: string;
  set?: string[];
  takeOver?: boolean;
}

export function addResumeCommand(program: Command): void {
  program
    .command('resume')
    .description('go on with a run exactly where its newest checkpoint is')
    .argument(...runArgument)
    .option('--workers <n>', 'worker threads, or auto; not the number it was begun with, if you like')
    .option('--epochs <n>', 'end after so many epochs in all')
    .option('--steps <n>', 'end after so many steps in all, if that is sooner')
    .option('--set <key=value>', 'any config key that does not change the maths; may be repeated', collect)
    .option(
      '--take-over',
      'go on although another machine or container may be writing the run: say so only if you know that it is not',
    )
    .option(...maxTimeOption)
    .option(...maxRestartsOption)
    .option(...tensorboardOption, pathOption('--tensorboard'))
    .option('--json', 'one JSON object a step on stdout')
    .addHelpText('after', describeConfigKeys)
    .action(runResume);
}

async function runResume(path: string, flags: ResumeFlags): Promise<void> {
  const [{ resolveConfig }, { openRun }, { startTraining }] = await Promise.all([
    import('../../config/readConfig.js'),
    import('../../store/index.js'),
    import('../train/startTraining.js'),
  ]);
  if (flags.set?.some(setting => setting.trimStart().startsWith('output.run='))) {
    throw new UsageError(
      'a resumed run stays where it is: --set output.run cannot change it; move the folder yourself, then resume it there',
    );
  }
  const run = await openRun(path);
  const stored = checkStoredConfig(run.config, run.path);
  const config = resolveConfig({
    // The run may have been moved since it was begun.
    stored: { ...stored, output: { ...stored.output, run: run.path } },
    set: flags.set,
    flags: { 'parallel.workers': flags.workers, 'training.epochs': flags.epochs },
    cwd: process.cwd(),
  });
  const steps = parseCount('--steps', flags.steps);
  await startTraining({ config, steps, ifExists: 'resume', takeOver: flags.takeOver }, flags);
}
