/** `gan-dist publish`: the page of `view` as files that any host serves. */
import path from 'node:path';
import type { Command } from 'commander';
import { otherRunArgument, pathOption, runArgument } from '../options/options.js';

interface PublishFlags {
  out: string;
  overwrite?: boolean;
  all?: boolean;
}

export function addPublishCommand(program: Command): void {
  program
    .command('publish')
    .description('write the page of view, with what it shows of a run, as static files for any file host')
    .argument(...runArgument)
    .argument(...otherRunArgument)
    .requiredOption('--out <folder>', 'required; a new or an empty folder', pathOption('--out'))
    .option('--overwrite', 'replace what was published there before, and nothing else')
    .option('--all', 'every checkpoint with its velocities, not only the networks of the newest')
    .action(publishRuns);
}

async function publishRuns(runA: string, runB: string | undefined, flags: PublishFlags): Promise<void> {
  const [{ publish }, { nameRuns }, { openRun }, outputs, { formatBytes, plural }, { quoteForShell }, { shorten }] =
    await Promise.all([
      import('../../view/publish/publish.js'),
      import('../view/findRuns.js'),
      import('../../store/index.js'),
      import('../output/outputFile.js'),
      import('../terminal/format.js'),
      import('../../shared/shell.js'),
      import('../output/saySafe.js'),
    ]);
  const opened = await Promise.all([runA, ...(runB === undefined ? [] : [runB])].map(each => openRun(each)));
  for (const run of opened) await outputs.assertOutputFolder('--out', flags.out, run.path);
  const names = nameRuns(opened.map(run => run.path));
  const { files, bytes } = await publish({
    runs: opened.map((run, index) => ({ run, name: names[index]! })),
    out: flags.out,
    overwrite: flags.overwrite ?? false,
    all: flags.all ?? false,
  });
  const typed = quoteForShell(shorten(path.resolve(flags.out)));
  process.stderr.write(`Published ${names.join(' and ')}: ${plural(files, 'file')}, ${formatBytes(bytes)}.\n`);
  process.stderr.write(
    `Put the folder on any file host; to look at it here: python3 -m http.server --directory ${typed}\n`,
  );
  process.stdout.write(`${flags.out}\n`);
}
