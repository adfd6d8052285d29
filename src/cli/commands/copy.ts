/** `gan-dist copy`: a whole copy of a run, also while it is trained. */
import path from 'node:path';
import type { Command } from 'commander';
import type { Run } from '../../store/index.js';
import { pathOption } from '../options/options.js';
import { formatBytes, plural } from '../terminal/format.js';
import { openStatusLine, type StatusLine } from '../terminal/statusLine.js';

interface CopyFlags {
  overwrite?: boolean;
  json?: boolean;
}

export function addCopyCommand(program: Command): void {
  program
    .command('copy')
    .description('make a whole copy of a run, also of one that is being trained: a backup that resume goes on with')
    .argument('<run>', 'the run’s store')
    .argument('<to>', 'where the copy goes: a path at which nothing is', pathOption('to'))
    .option('--overwrite', 'replace the run that is there, once the copy is whole')
    .option('--json', 'what was copied, as one JSON object on stdout')
    .action(copyRun);
}

async function copyRun(from: string, to: string, { overwrite, json }: CopyFlags): Promise<void> {
  const { copyToPlace } = await import('../../store/index.js');
  const line = openStatusLine(process.stderr, 5000);
  const shown = { onProgress: showCopied(line), onNotice: line.say };
  const { copied, ...result } = await copyToPlace(from, path.resolve(to), { overwrite, ...shown }).finally(line.end);
  const { files, bytes } = result;
  const { checkpoints, steps } = copied;
  if (json) {
    const { runId, commit } = copied.attributes;
    const facts = { run: copied.path, copy: result.path, runId, commit, steps, checkpoints, files, bytes };
    process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
    return;
  }
  process.stderr.write(
    `Copied ${copied.path}: ${plural(steps, 'step')}, ${describeCheckpoints(copied)}; ${plural(files, 'file')}, ${formatBytes(bytes)}.\n`,
  );
  process.stdout.write(`${to}\n`);
}

function describeCheckpoints({ checkpoints }: Run): string {
  const newest = checkpoints.at(-1);
  if (newest === undefined) return 'no checkpoint yet';
  return checkpoints.length === 1 ? `checkpoint ${newest}` : `${checkpoints.length} checkpoints up to ${newest}`;
}

const showCopied =
  (line: StatusLine) =>
  ({ bytes, totalBytes }: { bytes: number; totalBytes: number }): void => {
    // The metadata come last, and are not among the total.
    const done = Math.min(bytes, totalBytes);
    const share = Math.floor((100 * done) / Math.max(totalBytes, 1));
    line.draw(`${formatBytes(done)} of ${formatBytes(totalBytes)} copied (${share} %)`);
  };
