/** A process that writes a tiny run with many commits, all of whose parts tell the step they are from. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

const code = (path: string, commits: number): string => `
  import { makeRun, trainTo } from '${new URL('testRuns.js', import.meta.url)}';
  const writer = await makeRun(${JSON.stringify(path)}, [], { keep: 3 });
  for (let step = 0; step <= ${commits}; step++) {
    writer.updateConfig({ step });
    writer.appendEvent({ step, time: '', kind: 'note', message: '' });
    await trainTo(writer, step);
    if (step === 0) process.send('ready');
  }
  await writer.close();`;

/**
 * Commits checkpoints 0 to `commits` as fast as it can, and keeps three.
 * @returns once the first is committed
 */
export async function startWriter(t: TestContext, path: string, commits: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', code(path, commits)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'message');
  return child;
}
