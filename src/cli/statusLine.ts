/** A line on stderr that says how far the work is: it redraws in a terminal, and elsewhere is a plain line every so often. */
import { printable } from './printable.js';

export interface StatusLine {
  /** Shows where the work is, unless that was told a moment ago. A line that `stays` outlasts messages and the end. */
  draw(text: string, options?: { now?: boolean; stays?: boolean }): void;
  /** A message of its own line, above the status. */
  say(text: string): void;
  end(): void;
}

interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** @param plainMs - the time between plain lines; `redrawMs` is a terminal's */
export function openStatusLine(stream: Stream, plainMs: number, redrawMs = 100): StatusLine {
  const isTerminal = stream.isTTY === true;
  // A terminal shows the first state at once; elsewhere work that is soon done is not worth a line.
  let shownAt = isTerminal ? Number.NEGATIVE_INFINITY : performance.now();
  let drawn = '';
  let isStaying = false;
  const cleared = () => (drawn ? '\r\x1b[K' : '');

  return {
    draw(text, { now = false, stays = false } = {}) {
      if (!now && performance.now() - shownAt < (isTerminal ? redrawMs : plainMs)) return;
      shownAt = performance.now();
      if (!isTerminal) return void stream.write(`${text}\n`);
      // A line that wraps could not be cleared; in the last column some terminals wrap already.
      const line = text.slice(0, (stream.columns || 80) - 1);
      stream.write(cleared() + line);
      [drawn, isStaying] = [line, stays];
    },
    say(text) {
      const above = `${cleared()}${printable(text)}\n`;
      if (!isStaying) drawn = '';
      stream.write(above + drawn);
    },
    end() {
      if (drawn) stream.write(isStaying ? '\n' : cleared());
      drawn = '';
    },
  };
}
