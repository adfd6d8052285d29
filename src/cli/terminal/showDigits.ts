/** Digits as characters, where a terminal can show them. */
import type { ImageShape } from '../../pictures/picture.js';
import { drawDigits } from './drawDigits.js';
import { describeTerminal, type Environment, type OutputStream, sizeOfScreen } from './terminal.js';

/**
 * @param images `[count, height, width, channels]`
 * @param shape of one of them
 * @param mostRows - of the terminal; by default as many as it has, less a prompt and what is said above
 * @returns lines that end in a newline; nothing where the stream is no terminal that can show them
 */
export function showDigits(
  images: Uint8Array,
  shape: ImageShape,
  stream: OutputStream,
  mostRows = sizeOfScreen(stream).rows - 3,
  env: Environment = process.env,
): string {
  const { redraws, colorDepth, isUnicode } = describeTerminal(stream, env);
  if (redraws !== 'block' || !isUnicode || colorDepth < 8) return '';
  const { columns } = sizeOfScreen(stream);
  const lines = drawDigits(images, shape, { columns, rows: mostRows, colorDepth });
  return lines.map(line => `${line}\n`).join('');
}
