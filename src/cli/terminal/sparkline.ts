/** How a number has gone, in one line of characters. */

/** Room for more cells than terminals are wide. */
const mostMeans = 1024;

/** A number's way from the first value on, in a bounded number of means, each of as many values. */
export class Trend {
  #means: number[] = [];
  #valuesPerMean = 1;
  #sum = 0;
  #count = 0;

  add(value: number): void {
    if (!Number.isFinite(value)) return;
    this.#sum += value;
    if (++this.#count < this.#valuesPerMean) return;
    this.#means.push(this.#sum / this.#count);
    [this.#sum, this.#count] = [0, 0];
    if (this.#means.length === mostMeans) this.#halve();
  }

  /** Puts earlier values before those that there are, if these are still whole. */
  addBefore(values: Iterable<number>): void {
    if (this.#valuesPerMean > 1) return;
    const since = this.#means.splice(0);
    for (const value of values) this.add(value);
    for (const value of since) this.add(value);
  }

  /** The whole way in at most `width` means. */
  summarize(width: number): number[] {
    const all = this.#count > 0 ? [...this.#means, this.#sum / this.#count] : this.#means;
    if (all.length <= width) return [...all];
    return Array.from({ length: width }, (_, cell) => {
      const [from, to] = [cell, cell + 1].map(place => Math.floor((place * all.length) / width));
      return mean(all.slice(from, to));
    });
  }

  #halve(): void {
    this.#means = Array.from({ length: mostMeans / 2 }, (_, i) => mean(this.#means.slice(2 * i, 2 * i + 2)));
    this.#valuesPerMean *= 2;
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const bars = '▁▂▃▄▅▆▇█';
const asciiBars = '_.-:=+*#';

/** A character a value, from the lowest to the highest of them. */
export function drawSparkline(values: readonly number[], isUnicode: boolean): string {
  const steps = isUnicode ? bars : asciiBars;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const place = (value: number) => (high > low ? Math.min(7, Math.floor((8 * (value - low)) / (high - low))) : 0);
  return values.map(value => steps[place(value)]).join('');
}
