/** `gan-dist list`: a table of many runs, as of a sweep. It changes nothing in them. */
import type { Command } from 'commander';
import { pathOption } from '../options/options.js';

interface ListFlags {
  json?: boolean;
}

const parsePath = pathOption('<run>');

export function addListCommand(program: Command): void {
  program
    .command('list')
    .description('show many runs as a table: how far each is, its last losses, and the settings in which they differ')
    .argument('<run...>', 'the runs’ stores, such as runs/*.zarr', (text: string, before?: string[]) => [
      ...(before ?? []),
      parsePath(text),
    ])
    .option('--json', 'one JSON object a run on stdout')
    .addHelpText('after', '\nLosses and scores are means over the last steps, at most 100; losses are in nats.')
    .action(list);
}

async function list(paths: string[], { json }: ListFlags): Promise<void> {
  const [{ readRuns }, { adviseOnList, formatList }, { printable }] = await Promise.all([
    import('../list/readRuns.js'),
    import('../list/formatList.js'),
    import('../terminal/printable.js'),
  ]);
  const all = await readRuns(paths);
  const runs = all.flatMap(run => ('problem' in run ? [] : [run]));
  if (json) for (const run of all) process.stdout.write(`${JSON.stringify(run)}\n`);
  else if (runs.length > 0) process.stdout.write(`${printable(formatList(runs))}\n`);
  const unreadable = all.flatMap(run => ('problem' in run ? [run] : []));
  for (const { run, problem } of unreadable) process.stderr.write(`gan-dist: ${printable(`${run}: ${problem}`)}\n`);
  if (unreadable.length > 0) process.exitCode = 1;
  if (!json && runs.length > 0) process.stderr.write(`${printable(adviseOnList(runs))}\n`);
}
