/** All commands, as one commander program that throws where it would exit. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addBenchCommand } from './commands/bench.js';
import { addCopyCommand } from './commands/copy.js';
import { addDataCommand } from './commands/data.js';
import { addDiffCommand } from './commands/diff.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addExportCommand } from './commands/export.js';
import { addFilmCommand } from './commands/film.js';
import { addGenerateCommand } from './commands/generate.js';
import { addImportCommand } from './commands/import.js';
import { addInspectCommand } from './commands/inspect.js';
import { addListCommand } from './commands/list.js';
import { addPublishCommand } from './commands/publish.js';
import { addReplayCommand } from './commands/replay.js';
import { addResumeCommand } from './commands/resume.js';
import { addTrainCommand } from './commands/train.js';
import { addViewCommand } from './commands/view.js';
import { findPackageFile } from './doctor/packageScripts.js';
import { refuseTakenOptions } from './options/takenOptions.js';
import { assertWorkingFolder } from './options/workingFolder.js';

/** @throws CommanderError, when it parses, for a wrong flag, for `--help` and for `--version` */
export function createProgram(): Command {
  const { version } = JSON.parse(readFileSync(findPackageFile('package.json'), 'utf8'));
  const program = new Command('gan-dist')
    .description(
      'Train a DCGAN on MNIST with every core of a machine. One seed gives the same bytes with any number of workers.',
    )
    .version(version)
    .hook('preAction', assertWorkingFolder);
  addTrainCommand(program);
  addResumeCommand(program);
  addGenerateCommand(program);
  addInspectCommand(program);
  addListCommand(program);
  addViewCommand(program);
  addPublishCommand(program);
  addCopyCommand(program);
  addFilmCommand(program);
  addDiffCommand(program);
  addReplayCommand(program);
  addExportCommand(program);
  addImportCommand(program);
  addBenchCommand(program);
  addDataCommand(program);
  addDoctorCommand(program);
  for (const command of [program, ...allCommands(program)]) {
    refuseTakenOptions(command);
    command.exitOverride().showHelpAfterError('(--help says more)').configureOutput({ outputError: writeUsageError });
  }
  return program;
}

const writeUsageError = (text: string, write: (text: string) => void) => write(text.replace(/^error: /, 'gan-dist: '));

function allCommands(command: Command): Command[] {
  return command.commands.flatMap(child => [child, ...allCommands(child)]);
}
