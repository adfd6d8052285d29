/** What escape sequences call the colour of a pixel. */

/**
 * @param pixel - grey, or red, green and blue
 * @param colorDepth - bits: 24, or the 256 colours that every such terminal has
 */
export function nameColour(pixel: Uint8Array, colorDepth: number): string {
  const [red, green = red, blue = red] = pixel as unknown as [number, number?, number?];
  if (colorDepth >= 24) return `2;${red};${green};${blue}`;
  if (red === green && green === blue) return greyOf256(red);
  return `5;${16 + 36 * levelOf(red) + 6 * levelOf(green) + levelOf(blue)}`;
}

/** The nearest of black, the 24 greys 8, 18, … 238, and white. */
function greyOf256(grey: number): string {
  if (grey < 4) return '5;16';
  if (grey > 246) return '5;231';
  return `5;${232 + Math.min(23, Math.max(0, Math.round((grey - 8) / 10)))}`;
}

/** The nearest of 0, 95, 135, 175, 215 and 255: the cube of colours has six of each channel. */
function levelOf(value: number): number {
  if (value < 48) return 0;
  return Math.min(5, Math.max(1, Math.round((value - 55) / 40)));
}
