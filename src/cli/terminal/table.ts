/** Columns for a terminal: numbers to the right, words to the left. */

const isNumber = (cell: string): boolean => /^-?[\d.,]+( %)?$/.test(cell);

/** @param rows - cells, as many in each row as there are heads */
export function formatTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const toRight = heads.map((_, i) => rows.every(row => isNumber(row[i]!)));
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map(row => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (toRight[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [heads, ...rows].map(line).join('\n');
}
