/** `gan-dist view`: a page in the browser that shows a run, also while it is trained. */
import type { Command } from 'commander';
import { integer } from '../../config/valueKinds.js';
import { UsageError } from '../../shared/errors.js';
import { otherRunArgument, runArgument } from '../options/options.js';

interface ViewFlags {
  port?: string;
  host: string;
  open: boolean;
}

const usualPort = 4173;

export function addViewCommand(program: Command): void {
  program
    .command('view')
    .description(
      'show a run in the browser: film, losses, weights, new digits; live while it is trained. Two runs are compared',
    )
    .argument(...runArgument)
    .argument(...otherRunArgument)
    .option('--port <n>', `the port to listen at; 0: any free one (default: ${usualPort}, or the next free one)`)
    .option(
      '--host <address>',
      'the address to listen at; any but this machine’s own shows the run to others',
      '127.0.0.1',
    )
    .option('--no-open', 'do not open a browser')
    .action(viewRuns);
}

async function viewRuns(runA: string, runB: string | undefined, flags: ViewFlags): Promise<void> {
  const { showInBrowser } = await import('../view/showInBrowser.js');
  const port = parsePort(flags.port);
  await showInBrowser(runB === undefined ? [runA] : [runA, runB], {
    host: flags.host,
    port: port ?? usualPort,
    more: port === undefined ? 20 : 0,
    open: flags.open,
  });
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const kind = integer(0, 65_535);
  const port = kind.accept(kind.fromText(text));
  if (port === undefined) throw new UsageError(`--port expects ${kind.range}, found "${text}"`);
  return port;
}
