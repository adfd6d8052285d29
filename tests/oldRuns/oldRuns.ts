/**
 * `npm run old-runs`: whether this build can do everything with a run that an earlier one made.
 * That one is built aside from its commit; of both only the command line, the files and the page's
 * server are used.
 *
 *     npm run old-runs
 *     npm run old-runs -- --commit e150d82 --write     the fixture of tests/store/oldRun.test.ts, too
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GanDistError, UsageError } from '../../src/index.js';
import { describeEnd, findProgram, runBuild } from '../buildProgram.js';
import { makeTemporaryFolder } from '../cli/program.js';
import { openLongProgram } from '../longProgram.js';
import { packageRoot } from '../packageRoot.js';
import { zipFolder } from '../zippedFolder.js';
import { checks, oldRun } from './checks.js';
import { buildCommit } from './oldBuild.js';

const help = `Lets this build work on a run that an earlier one made: npm run old-runs -- [options]

The earlier one is cloned from this clone, built in a temporary folder, and trains six steps. A line for each thing says "ok" or what is wrong;
exit with 1 if anything is. It takes two minutes.

  --commit COMMIT  of the earlier build; by default e150d82
  --write          also write tests/fixtures/oldRun: the run without the numbers of its checkpoints
  --help           this text`;

const { status, signals, run } = openLongProgram('stopping');

await run(async () => {
  const values = parse(process.argv.slice(2));
  if (values.help) return console.log(help);
  const root = fileURLToPath(packageRoot);
  const running = { cwd: makeTemporaryFolder(), signal: signals.signal };
  status.draw(`building ${values.commit}`);
  const [before, now] = [await buildCommit(root, values.commit, running), findProgram(root)];
  const old = { before, now, run: 'old.zarr', running };
  status.draw('training with it');
  const trained = await runBuild(before, ['train', `--run=${old.run}`, ...oldRun], running);
  if (trained.status !== 0) throw new GanDistError(`training with it failed with ${describeEnd(trained)}`);
  if (values.write) await writeFixture(path.join(running.cwd, old.run), root);
  for (const [name, check] of Object.entries(checks)) {
    status.draw(name);
    const wrong = await check(old).then(
      () => undefined,
      error => error as Error,
    );
    signals.signal.throwIfAborted();
    status.end();
    console.log(`${name}: ${wrong ? wrong.message.split('\n')[0] : 'ok'}`);
    if (wrong) process.exitCode = 1;
  }
});

/** What of the checkpoints remains are the hashes in their manifests. */
async function writeFixture(store: string, root: string): Promise<void> {
  const isTensor = (file: string) => /^checkpoints\/.*\/[\d.]+$/.test(file.replaceAll(path.sep, '/'));
  const folder = path.join(root, 'tests/fixtures/oldRun');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'run.zip.gz'), await zipFolder(store, file => !isTensor(file)));
}

function parse(args: string[]) {
  const options = {
    commit: { type: 'string', default: 'e150d82' },
    write: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  try {
    const { values } = parseArgs({ args, options });
    if (/^[\w./~^-]+$/.test(values.commit) && !values.commit.startsWith('-')) return values;
    throw new UsageError(`--commit expects a commit, found ${JSON.stringify(values.commit)}`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${(error as Error).message.split('\n')[0]} (--help says more)`);
  }
}
