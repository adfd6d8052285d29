/** Functions of one number, after a layer. All of them rise, so that they and a maximum can change places. */
export const activations = ['linear', 'tanh'] as const;
export type Activation = (typeof activations)[number];
