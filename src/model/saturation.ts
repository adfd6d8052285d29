/** The codes of `metrics/saturation`: what is wrong with a game that goes on and learns nothing. */

/** Each is a bit, and a step's code is the sum of those that hold: none hides another. */
export const saturated = { discriminator: 1, generator: 2, runaway: 4 } as const;

/** What a code says, in a few words each; nothing for 0, or for what a later version may add. */
export function describeSaturation(code: number): string[] {
  const words: [number, string][] = [
    [saturated.runaway, 'the game has run away: its losses are above 10 nats'],
    [saturated.discriminator, 'D has won: its loss is near 0'],
    [saturated.generator, 'all fakes are alike'],
  ];
  return words.filter(([bit]) => code & bit).map(([, text]) => text);
}
