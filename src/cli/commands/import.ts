/** `gan-dist import`: a new run that begins with a model from elsewhere. `resume` trains it on. */
import type { Command } from 'commander';
import { ganDist } from '../../shared/program.js';
import { describeConfigKeys } from '../options/configHelp.js';
import { collect, pathOption } from '../options/options.js';
import { printable } from '../terminal/printable.js';

interface ImportFlags {
  run: string;
  discriminator?: string;
  config?: string;
  set?: string[];
  overwrite?: boolean;
}

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('make a new run that begins with a model from elsewhere; "resume" then trains it on from there')
    .argument(
      '<file>',
      '.safetensors or .npz with all tensors, or one of them, .keras, .h5, .weights.h5 or tfjs model.json of the generator, or a folder that "export" made',
      pathOption('<file>'),
    )
    .requiredOption('--run <path>', 'required: the store to make', pathOption('--run'))
    .option('--discriminator <file>', 'the other network, if the file has one only', pathOption('--discriminator'))
    .option('--config <file>', 'YAML file with what to train with; without it, all defaults', pathOption('--config'))
    .option('--set <key=value>', 'any config key; may be repeated', collect)
    .option('--overwrite', 'delete the run if it exists')
    .addHelpText('after', describeConfigKeys)
    .action(importModel);
}

async function importModel(file: string, flags: ImportFlags): Promise<void> {
  const [{ resolveConfig }, { importRun }, { quoteForShell }, { shorten }, { formatMatches }] = await Promise.all([
    import('../../config/readConfig.js'),
    import('../../coordinator/importRun.js'),
    import('../../shared/shell.js'),
    import('../output/saySafe.js'),
    import('../output/formatMatches.js'),
  ]);
  const config = resolveConfig({
    file: flags.config,
    set: flags.set,
    flags: { 'output.run': flags.run },
    cwd: process.cwd(),
  });
  const { discriminator, overwrite } = flags;
  const { run, files, notes, matches } = await importRun({ config, file, discriminator, overwrite });
  const lines = files.map(({ file, sha256 }) => `${shorten(file)}, SHA-256 ${sha256}`);
  const text = [...lines, ...formatMatches(matches), ...notes.map(note => `Note: ${note}`)].join('\n');
  process.stderr.write(`${printable(text)}\n`);
  process.stderr.write(`Checkpoint 0 is there. Train it on: ${ganDist} resume ${quoteForShell(shorten(run))}\n`);
  process.stdout.write(`${run}\n`);
}
