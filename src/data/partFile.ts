/**
 * The file that a download grows in: NAME.PID.part, beside its place. What has the name NAME is
 * always whole and checked.
 */
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { lookAt } from './unpack.js';

/**
 * The name under which this process may write. A rename is atomic, so two processes never continue the same part. Only
 * plain files are taken over: in a shared folder a link could lead anywhere.
 */
export async function claimPart(name: string, dir: string): Promise<string> {
  const ours = `${name}.${process.pid}.part`;
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const [, pid] = entry.name.match(/\.(\d+)\.part$/) ?? [];
    if (!pid || !entry.isFile() || entry.name !== `${name}.${pid}.part`) continue;
    if (Number(pid) !== process.pid && isAlive(Number(pid))) continue;
    await rename(path.join(dir, entry.name), path.join(dir, ours)).catch(() => {});
  }
  return path.join(dir, ours);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export async function openPart(part: string): Promise<FileHandle> {
  try {
    return await open(part, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return await open(part, 'wx+'); // never through a link that someone put there
  }
}

/** Gives a good part its name: NAME.gz, or NAME if a mirror unpacked it on the way. Training reads NAME.gz first. */
export async function moveIntoPlace(part: string, packed: string): Promise<void> {
  const { isGzip } = await lookAt(part);
  await rename(part, isGzip ? packed : packed.slice(0, -'.gz'.length));
  if (!isGzip) await rm(packed, { force: true });
  const folder = await open(path.dirname(packed));
  await folder.sync().finally(() => folder.close());
}
