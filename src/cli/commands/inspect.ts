/** `gan-dist inspect`: what is in a run. It changes nothing in it. */
import path from 'node:path';
import type { Command } from 'commander';
import { StoreError } from '../../shared/errors.js';
import type { Problem, Run } from '../../store/index.js';
import { pathOption, runArgument } from '../options/options.js';
import { printable } from '../terminal/printable.js';

interface InspectFlags {
  verify?: boolean;
  json?: boolean;
  array?: string;
  png?: string;
}

const mostNotes = 3;

export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .description(
      'show what is in a run: how far it is, its losses, the tree of its arrays, and in a terminal its newest digits',
    )
    .argument(...runArgument)
    .option('--verify', 'compare every file with its SHA-256; problems are listed, and exit with 1')
    .option('--array <path>', 'statistics of one array, such as metrics/d_loss')
    .option(
      '--png <dir>',
      'write each sample: EPOCH_BATCH.png, and fixed_EPOCH_BATCH.png of the fixed noise',
      pathOption('--png'),
    )
    .option('--json', 'everything as one JSON object on stdout')
    .action(inspect);
}

async function inspect(runPath: string, flags: InspectFlags): Promise<void> {
  const { openRun } = await import('../../store/index.js');
  const run = await openRun(runPath);
  if (flags.json) return inspectAsJson(run, flags);
  const nothingAsked = !flags.verify && flags.array === undefined && flags.png === undefined;
  if (nothingAsked) {
    await printRun(run);
    await printDigits(run);
  }
  if (flags.array !== undefined) await printArray(run, flags.array);
  if (flags.png !== undefined) await printPictures(run, flags.png);
  if (flags.verify) await printProblems(run);
}

async function printRun(run: Run): Promise<void> {
  const [{ formatSummary, summarize }, { formatTree }] = await Promise.all([
    import('../inspect/summary.js'),
    import('../inspect/tree.js'),
  ]);
  const arrays = await run.listArrays();
  print(formatSummary(await summarize(run, arrays)));
  print('');
  print(formatTree(run, arrays));
}

/** The newest picture of the fixed noise, if stdout is a terminal that can show it. */
async function printDigits(run: Run): Promise<void> {
  const { rows } = run.attributes;
  if (!process.stdout.isTTY || rows.samples === 0) return;
  const { showDigits } = await import('../terminal/showDigits.js');
  try {
    const { step, fixed, imageShape } = await run.readSample(rows.samples - 1);
    const digits = showDigits(fixed, imageShape, process.stdout);
    if (digits) process.stdout.write(`\nsamples/fixed of step ${step}:\n${digits}`);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    print(`\n${error.message}`);
  }
}

async function printArray(run: Run, arrayPath: string): Promise<void> {
  const { formatStatistics, readStatistics } = await import('../inspect/arrayStatistics.js');
  print(formatStatistics(await readStatistics(run, arrayPath)));
}

async function printPictures(run: Run, folder: string): Promise<void> {
  const names = await writePictures(run, folder);
  if (names.length === 0) print(`${run.path} has no samples yet: no pictures were written`);
  else print(`${names.length} pictures were written to ${folder}: ${names[0]} … ${names.at(-1)}`);
}

async function printProblems(run: Run): Promise<void> {
  const { formatBytes, plural } = await import('../terminal/format.js');
  // Before, as a run that trains on deletes checkpoints meanwhile.
  const arrays = await run.listArrays();
  const problems = await run.verify();
  for (const line of listProblems(problems)) print(line);
  await assertSound(run, problems);
  const bytes = arrays.reduce((sum, array) => sum + array.bytes, 0);
  const left =
    problems.length > 0 ? '; the notes are what a write that was cut off has left: the next one clears it' : '';
  print(
    `ok: ${plural(run.checkpoints.length, 'checkpoint')}, ${plural(run.steps, 'step')}, ${plural(arrays.length, 'array')}, ${formatBytes(bytes)}: every file is what it was when it was written${left}`,
  );
}

/** Everything that is wrong; of what a write that was cut off has left, no more than a few. */
function listProblems(problems: readonly Problem[]): string[] {
  const [notes, serious] = [true, false].map(harmless => problems.filter(problem => problem.harmless === harmless));
  const lines = serious!.map(({ message }) => `problem: ${message}`);
  if (notes!.length > mostNotes)
    return [...lines, `note: a write that was cut off has left ${notes!.length} files (--json lists them)`];
  return [...lines, ...notes!.map(({ message }) => `note: ${message}`)];
}

async function inspectAsJson(run: Run, flags: InspectFlags): Promise<void> {
  const [{ summarize }, { readStatistics }] = await Promise.all([
    import('../inspect/summary.js'),
    import('../inspect/arrayStatistics.js'),
  ]);
  const arrays = await run.listArrays();
  const problems = flags.verify ? await run.verify() : undefined;
  const report = {
    ...(await summarize(run, arrays)),
    arrays,
    array: flags.array === undefined ? undefined : await readStatistics(run, flags.array),
    pictures: flags.png === undefined ? undefined : await writePictures(run, flags.png),
    verify: problems,
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (problems) await assertSound(run, problems);
}

async function writePictures(run: Run, folder: string): Promise<string[]> {
  const [{ assertOutputFolder }, { writeSamplePictures }] = await Promise.all([
    import('../output/outputFile.js'),
    import('../inspect/samplePictures.js'),
  ]);
  await assertOutputFolder('--png', folder, run.path);
  return writeSamplePictures(run, path.resolve(folder));
}

/** What a cut-off write leaves behind is no damage: nothing that was committed is missing. */
async function assertSound(run: Run, problems: readonly Problem[]): Promise<void> {
  const count = problems.filter(({ harmless }) => !harmless).length;
  if (count === 0) return;
  const { plural } = await import('../terminal/format.js');
  const advice = await adviseOn(run, problems);
  throw new StoreError(`${run.path} has ${plural(count, 'problem')}; ${advice}`, run.path);
}

async function adviseOn(run: Run, problems: readonly Problem[]): Promise<string> {
  const { runFolders } = await import('../../store/index.js');
  const serious = problems.filter(({ harmless }) => !harmless);
  const folders = runFolders.map(folder => path.join(run.path, folder));
  if (serious.some(({ path: file, lost }) => !lost && folders.includes(file)))
    return 'resume refuses it until that is mended';
  // Only what a resume has found before, and could not bring back, is told as lost.
  if (serious.every(({ lost }) => lost))
    return 'every file is sound, but what an earlier damage has cost is not in them';
  const isIn = (folder: string) =>
    serious.some(({ path: file }) => file.startsWith(path.join(run.path, folder, path.sep)));
  const goingOn =
    run.latest && !isIn('checkpoints')
      ? 'its checkpoints are whole: resume loses no step'
      : 'resume goes on from the newest checkpoint that is whole';
  if (!isIn('metrics') && !isIn('samples')) return goingOn;
  return `${goingOn}; what is damaged of metrics and samples is lost then: put copies of those files back first, if you have any`;
}

const print = (text: string): void => void process.stdout.write(`${printable(text)}\n`);
