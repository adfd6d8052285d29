/** Of one image or one tensor: `[height, width, channels]`, `[features]`, `[height, width, in, out]`. */
export type Shape = readonly number[];

export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);
