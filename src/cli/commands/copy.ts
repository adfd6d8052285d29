/** `gan-dist copy`: a whole copy of a run, also while it is trained. */
import path from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../../shared/errors.js';
import { pathOption, runArgument } from '../options/options.js';

interface CopyFlags {
  overwrite?: boolean;
  json?: boolean;
}

/** @throws UsageError for another machine's: a copy is made here, and sent from here */
function parsePlace(text: string): string {
  if (/^[\w.@-]{2,}:\//.test(text))
    throw new UsageError(
      `<to> expects a path on this machine, found ${JSON.stringify(text)}: copy to a folder here, then send that with rsync or the like (docs/backup.md); one of that name is ./${text}`,
    );
  return pathOption('<to>')(text);
}

export function addCopyCommand(program: Command): void {
  program
    .command('copy')
    .description('make a whole copy of a run, also of one that is being trained: a backup that resume goes on with')
    .argument(...runArgument)
    .argument('<to>', 'where the copy goes: a path at which nothing is', parsePlace)
    .option('--overwrite', 'replace the run that is there, once the copy is whole')
    .option('--json', 'what was copied, as one JSON object on stdout')
    .action(copyRun);
}

async function copyRun(from: string, to: string, { overwrite, json }: CopyFlags): Promise<void> {
  const [{ copyToPlace }, { describeCopied, showCopied }, { openStatusLine }] = await Promise.all([
    import('../../store/index.js'),
    import('../output/describeCopy.js'),
    import('../terminal/statusLine.js'),
  ]);
  const line = openStatusLine(process.stderr, 5000);
  const shown = { onProgress: showCopied(line), onNotice: line.say };
  const { copied, ...result } = await copyToPlace(from, path.resolve(to), { overwrite, ...shown }).finally(line.end);
  const { files, bytes } = result;
  if (json) {
    const { attributes, checkpoints, steps } = copied;
    const { runId, commit } = attributes;
    const facts = { run: copied.path, copy: result.path, runId, commit, steps, checkpoints, files, bytes };
    process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
    return;
  }
  process.stderr.write(`${describeCopied(copied, files, bytes)}\n`);
  process.stdout.write(`${to}\n`);
}
