/** `gan-dist export`: a checkpoint as a file that other programs read. */
import path from 'node:path';
import { type Command, Option } from 'commander';
import { parseCount, pathOption } from './options.js';

interface ExportFlags {
  format: 'npz';
  step?: string;
  out?: string;
}

export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('write a checkpoint as one file for other programs: all parameters, moving statistics and velocities')
    .argument('<run>', 'the run’s store')
    .addOption(
      new Option('--format <format>', 'required; npz: for numpy.load, by the names of the store')
        .choices(['npz'])
        .makeOptionMandatory(),
    )
    .option('--step <n>', 'the checkpoint to take (default: the newest)')
    .option('--out <file>', 'the file to write (default: RUN-STEP.npz in this folder)', pathOption('--out'))
    .action(exportCheckpoint);
}

async function exportCheckpoint(runPath: string, flags: ExportFlags): Promise<void> {
  const [{ openRun }, { encodeNpz }, outputs] = await Promise.all([
    import('../store/index.js'),
    import('../coordinator/export/npz.js'),
    import('./outputFile.js'),
  ]);
  const run = await openRun(runPath);
  const step = run.chooseCheckpoint(parseCount('--step', flags.step, 0));
  const out = flags.out ?? `${path.parse(run.path).name}-${step}.${flags.format}`;
  await outputs.assertOutputFile('--out', out, run.path, 'model.npz');
  await outputs.writeOutputFile(path.resolve(out), encodeNpz(await run.readCheckpoint(step)));
  process.stderr.write(`Checkpoint ${step} of ${run.path}:\n`);
  process.stdout.write(`${out}\n`);
}
