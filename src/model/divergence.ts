/** What the discriminator has proved of the divergence between real and generated images (docs/theory.md). */

/**
 * A lower bound, in expectation, on the Jensen–Shannon divergence, in nats: D's loss is a mean
 * binary cross-entropy over real and fake, and that of the best D is `log 2 − JSD`. 0: alike as far
 * as D can tell; log 2 = 0.693: disjoint.
 */
export const divergenceBound = (dLoss: number): number => Math.LN2 - dLoss;
