/** The home folder of this user; undefined where there is none, as for a user id without a name and without HOME. */
import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';

export function homeFolder(): string | undefined {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : undefined;
  } catch {
    return undefined;
  }
}
