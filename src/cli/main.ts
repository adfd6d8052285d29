#!/usr/bin/env node
/**
 * The command line: one file a command. This is the only place that turns errors into a line and an exit code:
 * 0 done, 1 failed, 2 wrong usage or config, 130 and 143 after SIGINT and SIGTERM.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { GanDistError } from '../shared/errors.js';
import { addDataCommand } from './data.js';
import { addDiffCommand } from './diff.js';
import { addDoctorCommand } from './doctorCommand.js';
import { addExportCommand } from './export.js';
import { addGenerateCommand } from './generate.js';
import { addInspectCommand } from './inspect.js';
import { findPackageFile } from './packageScripts.js';
import { addReplayCommand } from './replay.js';
import { addResumeCommand } from './resume.js';
import { addTrainCommand } from './train.js';

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
addDiffCommand(program);
addReplayCommand(program);
addExportCommand(program);
addDataCommand(program);
addDoctorCommand(program);
const writeUsageError = (text: string, write: (text: string) => void) => write(text.replace(/^error: /, 'gan-dist: '));
for (const command of [program, ...allCommands(program)]) {
  command.exitOverride().showHelpAfterError('(--help says more)').configureOutput({ outputError: writeUsageError });
}

let isWriteErrorTold = false;
for (const stream of [process.stdout, process.stderr]) stream.on('error', noteWriteError);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong, and with which exit code. A stack is for a bug, not for a user's mistake. */
function report(error: unknown): number {
  // Commander has printed its own; asking for help or the version is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof GanDistError) {
    process.stderr.write(`gan-dist: ${error.message}\n`);
    return error.exitCode;
  }
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`gan-dist: this is a bug, please report it:\n${stack}\n`);
  return 1;
}

/** Whoever read us may have gone (`| head`): that must not end a run. What else cannot be written is said once. */
function noteWriteError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || isWriteErrorTold) return;
  isWriteErrorTold = true;
  process.exitCode = 1;
  process.stderr.write(`gan-dist: the output cannot be written: ${error.message}\n`);
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap(child => [child, ...allCommands(child)]);
}
