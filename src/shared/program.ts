/**
 * How this program is called where it was called, for commands that a person is told to type:
 * scripts/gan-dist.mjs knows it. In a clone, and where nobody said otherwise, it is `npx gan-dist`.
 */
export const ganDist: string = process.env.GAN_DIST_PROGRAM || 'npx gan-dist';
