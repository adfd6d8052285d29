/** Which of the images that are drawn are kept: the first, or those that D takes most for real. */
import { imagesPerGeneration } from '../../model/imagesPerGeneration.js';

/** What is kept, in order. */
export interface Chosen {
  /** `[count, height, width, channels]` */
  readonly images: Uint8Array;
  /** D's logit of each, where they were asked for. */
  readonly scores?: Float32Array;
}

/** The images in the order of their noise. */
export class First {
  private readonly images: Uint8Array;
  private filled = 0;

  constructor(count: number, imageBytes: number) {
    this.images = new Uint8Array(count * imageBytes);
  }

  add(images: Uint8Array, _scores: Float32Array): void {
    this.images.set(images, this.filled);
    this.filled += images.length;
  }

  take(): Chosen {
    return { images: this.images };
  }
}

/** Those with the highest scores; of two equal ones the earlier goes first. */
export class Best {
  private kept: { pixels: Uint8Array; score: number }[] = [];

  constructor(
    private readonly count: number,
    private readonly imageBytes: number,
  ) {}

  add(images: Uint8Array, scores: Float32Array): void {
    for (const [i, score] of scores.entries()) {
      this.kept.push({ score, pixels: images.subarray(i * this.imageBytes, (i + 1) * this.imageBytes) });
    }
    // Sorting is stable, so earlier images stay before later ones. Not after every chunk: that would be quadratic.
    if (this.kept.length > 2 * this.count + imagesPerGeneration) this.cut();
  }

  take(): Chosen {
    this.cut();
    const images = new Uint8Array(this.kept.length * this.imageBytes);
    for (const [i, { pixels }] of this.kept.entries()) images.set(pixels, i * this.imageBytes);
    return { images, scores: Float32Array.from(this.kept, ({ score }) => score) };
  }

  private cut(): void {
    this.kept.sort((a, b) => b.score - a.score);
    this.kept.length = Math.min(this.kept.length, this.count);
  }
}
