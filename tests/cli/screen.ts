/** A terminal's screen, as far as the program uses one: what a person would see of the bytes that were written. */
import assert from 'node:assert/strict';

/** @returns the lines without the blanks and the empty lines at their ends, and where the cursor is */
export function showOn(columns: number, written: string): { lines: string[]; cursor: [line: number, column: number] } {
  const lines: string[][] = [[]];
  let [line, column] = [0, 0];
  const put = (char: string) => {
    if (column === columns) [line, column] = [line + 1, 0];
    lines[line] ??= [];
    for (let i = lines[line]!.length; i < column; i++) lines[line]![i] = ' ';
    lines[line]![column++] = char;
  };
  const controls: Record<string, (count: number) => void> = {
    A: count => {
      assert.ok(count <= line, 'the cursor stays on the screen');
      line -= count;
    },
    J: () => {
      lines.length = line + 1;
      lines[line]!.length = Math.min(lines[line]!.length, column);
    },
    m: () => {},
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  for (const [part, count, name] of written.matchAll(/\x1b\[([\d;]*)([A-Za-z])|./gsu)) {
    if (name !== undefined) {
      assert.ok(controls[name], `${JSON.stringify(part)} is known`);
      controls[name](Number(count));
    } else if (part === '\r') column = 0;
    else if (part === '\n') {
      [line, column] = [line + 1, 0];
      lines[line] ??= [];
    } else put(part);
  }
  const shown = lines.map(chars => chars.join('').trimEnd());
  while (shown.at(-1) === '') shown.pop();
  return { lines: shown, cursor: [line, column] };
}
