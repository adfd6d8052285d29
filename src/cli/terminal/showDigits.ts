/** Digits as characters, where a terminal can show them. */
import { drawDigits } from './halfBlocks.js';
import { describeTerminal, type Environment, type OutputStream, sizeOfScreen } from './terminal.js';

/**
 * @param images `[count, 28, 28]`
 * @param mostRows - of the terminal; by default as many as it has, less a prompt and what is said above
 * @returns lines that end in a newline; nothing where the stream is no terminal that can show them
 */
export function showDigits(
  images: Uint8Array,
  stream: OutputStream,
  mostRows = sizeOfScreen(stream).rows - 3,
  env: Environment = process.env,
): string {
  const { redraws, colorDepth, isUnicode } = describeTerminal(stream, env);
  if (redraws !== 'block' || !isUnicode || colorDepth < 8) return '';
  const { columns } = sizeOfScreen(stream);
  const lines = drawDigits(images, { columns, rows: mostRows, colorDepth });
  return lines.map(line => `${line}\n`).join('');
}
