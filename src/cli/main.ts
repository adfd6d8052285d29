#!/usr/bin/env node
/**
 * The command line: one file a command. This is the only place that turns errors into a line and an exit code:
 * 0 done, 1 failed, 2 wrong usage or config, 75 when --max-time was over; 128 and its number after a signal.
 */
import './terminal/firstSignals.js';

import { CommanderError } from 'commander';
import { GanDistError } from '../shared/errors.js';
import { assertOpenFiles, explainLimit } from '../shared/limits.js';
import { createProgram } from './createProgram.js';
import { printable } from './terminal/printable.js';

let isWriteErrorTold = false;
for (const stream of [process.stdout, process.stderr]) stream.on('error', noteWriteError);

/** With fewer, Node takes a file that it cannot open for one that is missing. */
const leastOpenFiles = 72;

try {
  assertOpenFiles(leastOpenFiles);
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong, and with which exit code. A stack is for a bug, not for a user's mistake. */
function report(thrown: unknown): number {
  const error = explainLimit(thrown);
  // Commander has printed its own; asking for help or the version is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof GanDistError) {
    process.stderr.write(`gan-dist: ${printable(error.message)}\n`);
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
