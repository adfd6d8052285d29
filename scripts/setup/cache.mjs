/**
 * The cache outside the clone, shared by every clone of this user. Whatever is in it under a final name is whole: work
 * happens in a `NAME.tmp-HOST-PID` folder beside it and ends with a rename, so a set-up that is killed, or two at once,
 * leave at worst a folder that the next set-up removes.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { SetupError } from './terminal.mjs';

const abandonedAfterMilliseconds = 24 * 3600 * 1000;

/** As the XDG specification says, a relative XDG_CACHE_HOME is ignored. */
export function cacheFolder() {
  const cache = process.env.XDG_CACHE_HOME ?? '';
  return join(isAbsolute(cache) ? cache : join(homeFolder(), '.cache'), 'gan-dist');
}

/** A user id without a name and without HOME has none, as in some containers. */
function homeFolder() {
  try {
    return homedir();
  } catch {
    throw new SetupError(
      'This user has no home folder, where TensorFlow would be kept. Set XDG_CACHE_HOME to a folder that it may write.',
    );
  }
}

/** A new, empty folder beside `path`, on the same disk, for `moveIntoPlace`. */
export function makeTemporaryFolder(path) {
  const folder = `${path}.tmp-${hostname()}-${process.pid}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Renames a finished folder to its final name. If another set-up was first, its folder stays and ours goes. */
export function moveIntoPlace(temporary, path) {
  try {
    renameSync(temporary, path);
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Takes a damaged folder away: first by name, at once, so that nobody meets it half deleted. */
export function discard(path) {
  const away = `${path}.tmp-${hostname()}-${process.pid}-damaged`;
  try {
    renameSync(path, away);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  rmSync(away, { recursive: true, force: true });
}

/** The temporary folders in `folder` whose set-up is dead: of this machine and without a process, or a day old. */
export function listAbandoned(folder) {
  return readdirSync(folder)
    .filter(name => name.includes('.tmp-'))
    .map(name => join(folder, name))
    .filter(isAbandoned);
}

/** What set-ups that are dead have left in `folder`. */
export function removeAbandoned(folder) {
  for (const abandoned of listAbandoned(folder)) rmSync(abandoned, { recursive: true, force: true });
}

function isAbandoned(path) {
  const [, host, pid] = /\.tmp-(.+)-(\d+)(?:-damaged)?$/.exec(path) ?? [];
  if (host === hostname()) return !isRunning(Number(pid));
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > abandonedAfterMilliseconds;
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
