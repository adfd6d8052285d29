/** Images of the fixed sample grid, and of each run of the generator outside training. */
export const imagesPerGeneration = 64;
