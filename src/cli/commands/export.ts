/** `gan-dist export`: a checkpoint as files that other programs read. */
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { ModelFormat } from '../../modelFiles/encodeModel.js';
import { UsageError } from '../../shared/errors.js';
import { parseCount, pathOption, runArgument } from '../options/options.js';

interface ExportFlags {
  format: ModelFormat;
  step?: string;
  out?: string;
}

const formats = `
Formats:
  npz          one file for numpy.load: everything, by the names of the store
  safetensors  one file for safetensors.load_file: the same, with run, step and config as metadata
  keras        a folder with generator.keras and discriminator.keras for keras.models.load_model: layers and tensors,
               and the optimizer with its velocities
  tfjs         a folder with generator/model.json and discriminator/model.json for tf.loadLayersModel: layers and
               tensors, without velocities

"gan-dist import" takes each of them back. docs/export.md shows how other programs load them.`;

export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('write a checkpoint for other programs: parameters, moving statistics and velocities')
    .argument(...runArgument)
    .addOption(
      new Option('--format <format>', 'required')
        .choices(['npz', 'safetensors', 'keras', 'tfjs'] satisfies ModelFormat[])
        .makeOptionMandatory(),
    )
    .option('--step <n>', 'the checkpoint to take (default: the newest)')
    .option(
      '--out <path>',
      'the file, or for keras and tfjs the folder (default: RUN-STEP.FORMAT or RUN-STEP-FORMAT in this folder)',
      pathOption('--out'),
    )
    .addHelpText('after', formats)
    .action(exportCheckpoint);
}

async function exportCheckpoint(runPath: string, { format, ...flags }: ExportFlags): Promise<void> {
  const [{ openRun }, { encodeModel, modelFormats }, outputs] = await Promise.all([
    import('../../store/index.js'),
    import('../../modelFiles/encodeModel.js'),
    import('../output/outputFile.js'),
  ]);
  const run = await openRun(runPath);
  const step = run.chooseCheckpoint(parseCount('--step', flags.step, 0));
  const name = `${path.parse(run.path).name}-${step}`;
  const isFolder = modelFormats[format] === 'folder';
  const out = flags.out ?? (isFolder ? `${name}-${format}` : `${name}.${format}`);
  if (isFolder) {
    assertFolderName(out, format);
    await outputs.assertOutputFolder('--out', out, run.path);
  } else await outputs.assertOutputFile('--out', out, run.path, `model.${format}`);
  for (const [name, bytes] of await encodeModel(run, step, format)) {
    await outputs.writeOutputFile(path.resolve(out, name), bytes);
  }
  process.stderr.write(`Checkpoint ${step} of ${run.path}:\n`);
  process.stdout.write(`${out}\n`);
}

/** Two networks do not go into one file: who names one would look for it. */
function assertFolderName(out: string, format: ModelFormat): void {
  if (!/\.(keras|json)$/.test(out)) return;
  const inside = format === 'keras' ? 'generator.keras and discriminator.keras' : 'a folder for each network';
  throw new UsageError(`--out expects a folder for --format ${format}, which gets ${inside}; found ${out}`);
}
