/** What the terminal behind a stream can show, if there is one. */

/** The parts of a `tty.WriteStream` that are used here. */
export interface OutputStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  getColorDepth?(env?: object): number;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Terminal {
  /**
   * What may be drawn again: a block of lines; one line, without an escape sequence; nothing, as in
   * a pipe, in the log of a CI or where the terminal says that it can only print.
   */
  readonly redraws: 'block' | 'line' | 'nothing';
  /** Bits of colour; 1: no colours. */
  readonly colorDepth: number;
  /** Whether more than ASCII arrives as it is meant. */
  readonly isUnicode: boolean;
}

export function describeTerminal(stream: OutputStream, env: Environment = process.env): Terminal {
  if (!stream.isTTY || isCi(env) || env.TERM === 'dumb') {
    return { redraws: 'nothing', colorDepth: 1, isUnicode: !stream.isTTY || isUnicode(env) };
  }
  if (env.NO_COLOR) return { redraws: 'line', colorDepth: 1, isUnicode: isUnicode(env) };
  return { redraws: 'block', colorDepth: stream.getColorDepth?.(env) ?? 1, isUnicode: isUnicode(env) };
}

/** Those that know their size; 80 × 24 otherwise. */
export const sizeOfScreen = ({ columns, rows }: OutputStream): { columns: number; rows: number } => ({
  columns: columns || 80,
  rows: rows || 24,
});

const isCi = ({ CI }: Environment): boolean => CI !== undefined && !['', '0', 'false'].includes(CI);

/** A locale that says nothing is one of a container, whose terminal is elsewhere and most likely reads UTF-8. */
function isUnicode({ LC_ALL, LC_CTYPE, LANG, TERM }: Environment): boolean {
  if (process.platform === 'win32') return true;
  // The kernel's console has 512 glyphs.
  if (TERM === 'linux') return false;
  const locale = LC_ALL || LC_CTYPE || LANG;
  return !locale || /utf-?8/i.test(locale);
}

const asAscii: Readonly<Record<string, string>> = {
  '…': '...',
  '≥': '>=',
  '×': 'x',
  '–': '-',
  '−': '-',
  '’': "'",
  '“': '"',
  '”': '"',
};

/** What we say, in ASCII; what is not ours, such as a path, stays. */
export const toAscii = (text: string): string => text.replace(/[…≥×–−’“”]/g, char => asAscii[char]!);
