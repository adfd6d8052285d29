/** `gan-dist train`: makes a run, or goes on with one. */
import type { Command } from 'commander';
import { UsageError } from '../../shared/errors.js';
import { describeConfigKeys } from '../options/configHelp.js';
import {
  collect,
  maxRestartsOption,
  maxTimeOption,
  parseCount,
  pathOption,
  tensorboardOption,
} from '../options/options.js';
import type { RunFlags } from '../train/startTraining.js';

interface TrainFlags extends RunFlags {
  config?: string;
  run?: string;
  workers?: string;
  epochs?: string;
  steps?: string;
  set?: string[];
  resume?: boolean;
  overwrite?: boolean;
}

export function addTrainCommand(program: Command): void {
  program
    .command('train')
    .description('train a DCGAN and keep the run in a Zarr store')
    .option(
      '--config <file>',
      'YAML file (configs/mnist.yaml is the reference run); without it, all defaults',
      pathOption('--config'),
    )
    .option('--run <path>', 'the run’s store (default: runs/CONFIGNAME.zarr in this folder)', pathOption('--run'))
    .option('--workers <n>', 'worker threads, or auto; changes the speed and not one bit of the result')
    .option('--epochs <n>', 'end after so many epochs')
    .option('--steps <n>', 'end after so many steps in all, if that is sooner')
    .option('--set <key=value>', 'any config key; may be repeated', collect)
    .option('--resume', 'go on with the run if it exists')
    .option('--overwrite', 'delete the run if it exists')
    .option(...maxTimeOption)
    .option(...maxRestartsOption)
    .option(...tensorboardOption, pathOption('--tensorboard'))
    .option('--json', 'one JSON object a step on stdout')
    .addHelpText('after', describeConfigKeys)
    .action(runTrain);
}

async function runTrain(flags: TrainFlags): Promise<void> {
  const [{ resolveConfig }, { startTraining }] = await Promise.all([
    import('../../config/readConfig.js'),
    import('../train/startTraining.js'),
  ]);
  if (flags.resume && flags.overwrite) throw new UsageError('--resume and --overwrite exclude each other: choose one');
  const config = resolveConfig({
    file: flags.config,
    set: flags.set,
    flags: { 'output.run': flags.run, 'parallel.workers': flags.workers, 'training.epochs': flags.epochs },
    cwd: process.cwd(),
  });
  const steps = parseCount('--steps', flags.steps);
  const ifExists = flags.resume ? 'resume' : flags.overwrite ? 'overwrite' : 'refuse';
  await startTraining({ config, steps, ifExists }, flags);
}
