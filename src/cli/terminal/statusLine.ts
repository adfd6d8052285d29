/**
 * Some lines on stderr that say how far the work is: they redraw in a terminal, and elsewhere are
 * one plain line every so often. The cursor waits below them: a `^C`, a prompt after a sudden end
 * and a shell's next line find a line of their own.
 */
import { stripVTControlCharacters } from 'node:util';
import { printable } from './printable.js';
import { describeTerminal, type OutputStream, sizeOfScreen, toAscii } from './terminal.js';

/** The place that there is for what is drawn. */
export interface View {
  /** A longer line is cut. */
  readonly columns: number;
  readonly rows: number;
  /** Bits; 1: no colours. */
  readonly colorDepth: number;
  readonly isUnicode: boolean;
}

export type Drawing = string | ((view: View) => readonly string[]);

export interface StatusLine {
  /** Shows where the work is, unless that was told a moment ago. What `stays` outlasts messages and the end. */
  draw(drawing: Drawing, options?: { now?: boolean; stays?: boolean }): void;
  /** A message of its own line, above the status. */
  say(text: string): void;
  end(): void;
}

/** @param plainMs - the time between plain lines; `redrawMs` is a terminal's */
export function openStatusLine(
  stream: OutputStream,
  plainMs: number,
  redrawMs = 100,
  env: Readonly<Record<string, string | undefined>> = process.env,
): StatusLine {
  const terminal = describeTerminal(stream, env);
  const spell = terminal.isUnicode ? (text: string) => text : toAscii;
  const isDrawn = terminal.redraws !== 'nothing';
  // A terminal shows the first state at once; elsewhere work that is soon done is not worth a line.
  let shownAt = isDrawn ? Number.NEGATIVE_INFINITY : performance.now();
  let drawing: Drawing | undefined;
  let lines: readonly string[] = [];
  let isStaying = false;

  const layOut = (): readonly string[] => {
    if (drawing === undefined) return [];
    const { columns, rows } = isDrawn ? sizeOfScreen(stream) : { columns: Number.POSITIVE_INFINITY, rows: 1 };
    // In the last column some terminals wrap already; what wraps could not be cleared.
    const view = { ...terminal, columns: columns - 1, rows: terminal.redraws === 'block' ? rows : 1 };
    const all = typeof drawing === 'string' ? [drawing] : drawing(view);
    return all.map(line => cut(spell(line), view.columns));
  };
  const painter = terminal.redraws === 'block' ? blockPainter(stream) : linePainter;
  const paint = (before = '') => {
    const cleared = painter.clear(lines);
    lines = layOut();
    stream.write(cleared + before + painter.show(lines));
  };
  const onResize = () => lines.length > 0 && paint();

  return {
    draw(next, { now = false, stays = false } = {}) {
      if (!now && performance.now() - shownAt < (isDrawn ? redrawMs : plainMs)) return;
      shownAt = performance.now();
      if (drawing === undefined && terminal.redraws === 'block') stream.on?.('resize', onResize);
      [drawing, isStaying] = [next, stays];
      if (isDrawn) paint();
      else stream.write(`${layOut().join('\n')}\n`);
    },
    say(text) {
      const message = `${spell(printable(text))}\n`;
      if (!isStaying) drawing = undefined;
      if (isDrawn) paint(message);
      else stream.write(message);
    },
    end() {
      stream.off?.('resize', onResize);
      if (lines.length > 0) stream.write(isStaying ? painter.leave : painter.clear(lines));
      [drawing, lines] = [undefined, []];
    },
  };
}

interface Painter {
  /** To where the lines begin, and nothing is there any more. */
  clear(lines: readonly string[]): string;
  show(lines: readonly string[]): string;
  /** To below the lines. */
  readonly leave: string;
}

const blockPainter = (stream: OutputStream): Painter => ({
  clear(lines) {
    if (lines.length === 0) return '';
    const { columns } = sizeOfScreen(stream);
    // Since they were drawn, the terminal may have become narrower, and wrapped them.
    const rows = lines.map(line => Math.max(1, Math.ceil(widthOf(line) / columns)));
    return `\r\x1b[${rows.reduce((sum, count) => sum + count, 0)}A\x1b[J`;
  },
  show: lines => lines.map(line => `${line}\n`).join(''),
  leave: '',
});

/** One line, by carriage returns and blanks alone. */
const linePainter: Painter = {
  clear: ([line = '']) => (line ? `\r${' '.repeat(line.length)}\r` : ''),
  show: ([line = '']) => line,
  leave: '\n',
};

const widthOf = (line: string): number => stripVTControlCharacters(line).length;

const cut = (line: string, columns: number): string =>
  widthOf(line) <= columns ? line : stripVTControlCharacters(line).slice(0, columns);
