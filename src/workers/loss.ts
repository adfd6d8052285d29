/** The loss of both networks: mean binary cross-entropy, computed from logits so that it cannot overflow. */

export interface Loss {
  /** Mean over the rows, in nats. */
  readonly mean: number;
  /** `[rows]`: the gradient to each logit. */
  readonly gradient: Float32Array;
}

/** −y log σ(x) − (1 − y) log(1 − σ(x)) = max(x, 0) − x y + log(1 + e^−|x|), for each logit x and its label y. */
export function binaryCrossEntropy(logits: Float32Array, labels: Float32Array): Loss {
  const rows = logits.length;
  const gradient = new Float32Array(rows);
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const [x, y] = [logits[i]!, labels[i]!];
    sum += Math.max(x, 0) - x * y + Math.log1p(Math.exp(-Math.abs(x)));
    gradient[i] = (sigmoid(x) - y) / rows;
  }
  return { mean: sum / rows, gradient };
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Mean of σ(logit) over the rows with this label: D's mean verdict on them. */
export function meanVerdict(logits: Float32Array, labels: Float32Array, label: number): number {
  const chosen = [...logits].filter((_, i) => labels[i] === label);
  return chosen.reduce((sum, x) => sum + sigmoid(x), 0) / chosen.length;
}
