/** All commands, as one commander program that throws where it would exit. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addBenchCommand } from './bench.js';
import { addDataCommand } from './data.js';
import { addDiffCommand } from './diff.js';
import { addDoctorCommand } from './doctorCommand.js';
import { addExportCommand } from './export.js';
import { addFilmCommand } from './film.js';
import { addGenerateCommand } from './generate.js';
import { addImportCommand } from './import.js';
import { addInspectCommand } from './inspect.js';
import { findPackageFile } from './packageScripts.js';
import { addPublishCommand } from './publish.js';
import { addReplayCommand } from './replay.js';
import { addResumeCommand } from './resume.js';
import { addTrainCommand } from './train.js';
import { addViewCommand } from './view.js';

/** @throws CommanderError, when it parses, for a wrong flag, for `--help` and for `--version` */
export function createProgram(): Command {
  const { version } = JSON.parse(readFileSync(findPackageFile('package.json'), 'utf8'));
  const program = new Command('gan-dist')
    .description(
      'Train a DCGAN on MNIST with every core of a machine. One seed gives the same bytes with any number of workers.',
    )
    .version(version);
  addTrainCommand(program);
  addResumeCommand(program);
  addGenerateCommand(program);
  addInspectCommand(program);
  addViewCommand(program);
  addPublishCommand(program);
  addFilmCommand(program);
  addDiffCommand(program);
  addReplayCommand(program);
  addExportCommand(program);
  addImportCommand(program);
  addBenchCommand(program);
  addDataCommand(program);
  addDoctorCommand(program);
  for (const command of [program, ...allCommands(program)]) {
    command.exitOverride().showHelpAfterError('(--help says more)').configureOutput({ outputError: writeUsageError });
  }
  return program;
}

const writeUsageError = (text: string, write: (text: string) => void) => write(text.replace(/^error: /, 'gan-dist: '));

function allCommands(command: Command): Command[] {
  return command.commands.flatMap(child => [child, ...allCommands(child)]);
}
