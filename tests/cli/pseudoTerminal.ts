/** The real program in a real terminal, so far as a process can tell. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../packageRoot.js';
import { main } from './program.js';

export interface InTerminal {
  columns: number;
  rows: number;
  env?: Record<string, string>;
  /** Typed once the text after it has been written. */
  keys?: [keys: string, after: string];
}

const script = fileURLToPath(new URL('tests/cli/pseudoTerminal.py', packageRoot));

/** Runs `gan-dist` in `cwd` to its end, in a terminal of 256 colours that reads UTF-8. */
export function runInTerminal(
  cwd: string,
  { columns, rows, env = {}, keys = undefined }: InTerminal,
  ...args: string[]
): { status: number | null; written: string } {
  const { CI, NO_COLOR, FORCE_COLOR, COLORTERM, LC_ALL, LC_CTYPE, ...own } = process.env;
  // Python would make UTF-8 of the locale C.
  const all = { ...own, PYTHONCOERCECLOCALE: '0', TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env };
  const command = [script, `${columns}`, `${rows}`, ...(keys ?? []), '--', process.execPath, main, ...args];
  const { status, stdout } = spawnSync('python3', command, { cwd, env: all, encoding: 'utf8' });
  return { status, written: stdout };
}
