/** Which tensors of a file were taken for which of the model, as a table. */
import type { Match } from '../../modelFiles/foundTensors.js';

/** Names of a file are shortened, and in one line whatever they hold. */
export function formatMatches(matches: readonly Match[]): string[] {
  if (matches.length === 0) return [];
  const rows = matches.map(({ from, shape, to, as, how }) => [
    `${from.slice(0, 80).replaceAll('\n', '\\n')} [${shape}]`,
    to === undefined ? 'left out' : `${to} [${as}]`,
    how ?? '',
  ]);
  const widths = [0, 1].map(column => Math.max(...rows.map(row => row[column]!.length)));
  return [
    'Taken for:',
    ...rows.map(([from, to, how]) => `  ${from!.padEnd(widths[0]!)}  →  ${to!.padEnd(widths[1]!)}  ${how}`.trimEnd()),
  ];
}
