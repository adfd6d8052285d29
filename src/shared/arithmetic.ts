/**
 * The number of the order in which gan-dist adds and multiplies: raised when the same config rounds
 * differently from then on. 1, also where a run says nothing of it: sums over slices go from the
 * first to the last. 2: they are a tree, and a dense layer that narrows is split by its inputs.
 */
export const arithmetic = 2;
