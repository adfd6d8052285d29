/** The worker and what it has loaded. */
import { type Remote, transfer, wrap } from 'comlink';
import type { ModelDescription, Network } from '../../../model/description.js';
import type { ImageShape } from '../../../pictures/picture.js';
import type { GeneratorWorker } from '../generatorWorker.js';
import type { OpenRun } from '../panel.js';
import { findDiscriminator, type GeneratorChoice } from './choices.js';
import { layerOnNoise } from './directions.js';
import type { Drawn, Weights } from './networks.js';
import { readWeights } from './readWeights.js';

/** Images that are drawn at once: enough for WebAssembly to be fast, and few enough to tell how far it is. */
const most = 32;

export type Tell = (text: string, part?: number) => void;

export interface FirstLayer {
  readonly name: string;
  /** `[latentSize, units]` */
  readonly kernel: Float32Array;
}

export class GeneratorSession {
  #worker: Promise<Remote<GeneratorWorker>> | undefined;
  readonly #loaded: Partial<Record<Network, string>> = {};
  #model: ModelDescription | undefined;
  /** The dense layer that takes the noise, if the generator has one. */
  firstLayer: FirstLayer | undefined;

  /** Of the generator that is loaded. */
  get latentSize(): number {
    return this.#model!.latentSize;
  }

  /** Of what it draws. */
  get imageShape(): ImageShape {
    return this.#model!.image;
  }

  /** Loads a choice's network, unless it is loaded. */
  async load(run: OpenRun, choice: GeneratorChoice, network: Network, tell: Tell): Promise<void> {
    const key = keyOf(run, choice.path);
    if (this.#loaded[network] === key) return;
    const what = `Loading the ${network} of ${lower(choice.label)}`;
    tell(`${what} …`, 0);
    this.#worker ??= this.#start();
    const worker = await this.#worker;
    let isReading = true;
    const weights = await readWeights(run, choice, network, part => isReading && tell(`${what} …`, part)).finally(
      () => {
        // The rest of what failed comes in behind it, and nobody is told.
        isReading = false;
      },
    );
    if (network === 'generator') {
      this.#model = run.model;
      this.firstLayer = findFirstLayer(run, weights);
    }
    delete this.#loaded[network];
    await worker.load(
      run.model,
      network,
      transfer(
        weights,
        Object.values(weights).map(({ data }) => data.buffer),
      ),
    );
    this.#loaded[network] = key;
  }

  hasDiscriminator(run: OpenRun, choice: GeneratorChoice): boolean {
    return this.#loaded.discriminator === keyOf(run, findDiscriminator(run, choice) ?? '');
  }

  /** Loads the discriminator that was trained beside this generator. @returns whether there is one */
  async loadDiscriminator(run: OpenRun, choice: GeneratorChoice, tell: Tell): Promise<boolean> {
    const path = findDiscriminator(run, choice);
    if (path) await this.load(run, { ...choice, kind: 'checkpoint', path }, 'discriminator', tell);
    return path !== undefined;
  }

  /** @param noise - `[count, latentSize]` */
  async draw(noise: Float32Array, isScored: boolean, onDrawn: (images: number) => void = () => {}): Promise<Drawn> {
    const worker = await this.#worker!;
    const { latentSize } = this;
    const count = noise.length / latentSize;
    const parts: Drawn[] = [];
    for (let first = 0; first < count; first += most) {
      onDrawn(first);
      parts.push(await worker.draw(noise.slice(first * latentSize, (first + most) * latentSize), isScored));
    }
    const pixels = new Uint8Array(parts.flatMap(part => [...part.pixels]));
    return { pixels, logits: isScored ? new Float32Array(parts.flatMap(part => [...part.logits!])) : undefined };
  }

  /** A worker that did not start is thrown away; the next load tries again. */
  async #start(): Promise<Remote<GeneratorWorker>> {
    try {
      if (typeof WebAssembly === 'undefined' || typeof Worker === 'undefined')
        throw new Error('This browser has no WebAssembly.');
      const thread = new Worker('generatorWorker.js');
      const remote = wrap<GeneratorWorker>(thread);
      const failed = new Promise<never>((_, reject) => {
        thread.onerror = () => reject(new Error('generatorWorker.js, a file beside this page, cannot be run.'));
      });
      await Promise.race([remote.start(), failed]);
      return remote;
    } catch (error) {
      this.#worker = undefined;
      throw error;
    }
  }
}

/** A copy: the weights go to the worker. */
function findFirstLayer({ layers }: OpenRun, weights: Weights): FirstLayer | undefined {
  const layer = layerOnNoise(layers.generator);
  const kernel = layer?.tensors.find(({ name }) => name === 'kernel');
  return kernel && { name: layer!.title, kernel: weights[kernel.fullName]!.data.slice() };
}

const keyOf = (run: OpenRun, path: string): string => `${run.url} ${run.attributes.runId} ${path}`;

const lower = (text: string): string => text[0]!.toLowerCase() + text.slice(1);
