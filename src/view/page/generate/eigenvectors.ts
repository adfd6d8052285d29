/** Eigenvectors of a symmetric matrix, by Jacobi's rotations (Golub and Van Loan, Matrix Computations, 8.5). */

export interface Eigenvector {
  readonly value: number;
  /** Of length 1; its largest element is positive, so that it does not depend on chance. */
  readonly vector: Float64Array;
}

const mostSweeps = 30;

/** @returns those of the largest values first */
export function eigenvectors(symmetric: readonly Float64Array[]): Eigenvector[] {
  const a = symmetric.map(row => row.slice());
  const size = a.length;
  /** A row a vector. */
  const vectors = a.map((_, i) => Float64Array.from({ length: size }, (_, k) => (i === k ? 1 : 0)));
  const scale = a.reduce((sum, row, i) => sum + row[i]! ** 2, 0);
  for (let sweep = 0; sweep < mostSweeps && sumBeside(a) > 1e-22 * scale; sweep++)
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) if (a[p]![q] !== 0) rotate(a, vectors, p, q);
  return vectors
    .map((vector, i) => ({ value: a[i]![i]!, vector: withSign(vector) }))
    .sort((one, other) => other.value - one.value);
}

/** Makes a[p][q] 0. */
function rotate(a: Float64Array[], vectors: Float64Array[], p: number, q: number): void {
  const tau = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
  const tangent = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = tangent * cosine;
  for (const row of a) [row[p], row[q]] = [cosine * row[p]! - sine * row[q]!, sine * row[p]! + cosine * row[q]!];
  for (const rows of [a, vectors]) {
    const [one, other] = [rows[p]!, rows[q]!];
    for (let k = 0; k < one.length; k++)
      [one[k], other[k]] = [cosine * one[k]! - sine * other[k]!, sine * one[k]! + cosine * other[k]!];
  }
}

const sumBeside = (a: readonly Float64Array[]): number =>
  a.reduce((sum, row, i) => sum + row.reduce((inRow, value, k) => inRow + (i === k ? 0 : value * value), 0), 0);

function withSign(vector: Float64Array): Float64Array {
  const largest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? vector.map(value => -value) : vector;
}
