/** A build of gan-dist as it was at an earlier commit, in a folder of its own. */
import { readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { GanDistError, UsageError } from '../../src/index.js';
import { describeEnd, findProgram, type Running, runProcess } from '../buildProgram.js';

/**
 * Its dependencies are those of this clone where they are the same; else npm gets them.
 * @param root - this clone
 * @returns the path of its program
 */
export async function buildCommit(root: string, commit: string, { cwd, signal }: Running): Promise<string> {
  const folder = path.join(cwd, 'build');
  const found = await runProcess('git', ['-C', root, 'rev-parse', '--verify', `${commit}^{commit}`], { cwd, signal });
  if (found.status !== 0) {
    const name = JSON.stringify(commit);
    throw new UsageError(
      `--commit expects a commit of this clone, found ${name} (a shallow clone lacks the older ones)`,
    );
  }
  const run = async (what: string, file: string, ...args: string[]) => {
    const ended = await runProcess(file, args, { cwd, signal, endedBy: 'SIGTERM' });
    if (ended.status !== 0) throw new GanDistError(`${what} of commit ${commit} failed with ${describeEnd(ended)}`);
  };
  await run('git clone', 'git', 'clone', '--quiet', '--shared', '--no-checkout', root, folder);
  await run('git checkout', 'git', '-C', folder, 'checkout', '--quiet', '--detach', found.stdout);
  const lockOf = (clone: string) => readFileSync(path.join(clone, 'package-lock.json'), 'utf8');
  const isSame = lockOf(folder) === lockOf(root);
  if (isSame) symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'dir');
  // What is shared is left as it is: only the build is made.
  const parts = isSame ? ['--build'] : [];
  await run('the build', process.execPath, path.join(folder, 'scripts/setup.mjs'), ...parts);
  return findProgram(folder);
}
