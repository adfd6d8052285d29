/** The frame of a program that takes minutes or hours: a status line, an end on signals, and errors in a line. */
import { catchSignals, type Signals } from '../src/cli/terminal/signals.js';
import { openStatusLine, type StatusLine } from '../src/cli/terminal/statusLine.js';
import { GanDistError } from '../src/index.js';

export interface LongProgram {
  readonly status: StatusLine;
  readonly signals: Signals;
  /** Runs it to its end, and sets the exit code. */
  run(work: () => Promise<void>): Promise<void>;
}

/** @param stopping - what a signal is answered with */
export function openLongProgram(stopping: string): LongProgram {
  const status = openStatusLine(process.stderr, 20_000);
  const signals = catchSignals({ onFirst: name => status.say(`${name}: ${stopping}`) });
  const run = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      const isOurs = error instanceof GanDistError;
      if (!signals.signal.aborted) status.say(isOurs ? error.message : String((error as Error).stack));
      process.exitCode = signals.exitCode || (isOurs ? error.exitCode : 1);
    } finally {
      status.end();
      signals.release();
    }
  };
  return { status, signals, run };
}
