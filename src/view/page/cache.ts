/** What was read, kept as long as it cannot change: by its hash. The longest unused goes first. */
import type { OpenRun } from './panel.js';

export class ReadCache<Value> {
  readonly #kept = new Map<string, Promise<Value>>();

  /** @param most - values to keep */
  constructor(private readonly most: number) {}

  get(key: string, read: () => Promise<Value>): Promise<Value> {
    const found = this.#kept.get(key) ?? read();
    this.#kept.delete(key);
    this.#kept.set(key, found);
    // What failed is tried again.
    found.catch(() => this.#kept.get(key) === found && this.#kept.delete(key));
    if (this.#kept.size > this.most) this.#kept.delete(this.#kept.keys().next().value!);
    return found;
  }
}

/**
 * Names a chunk and its content.
 * @param name - of the chunk, as `12` or `12.0.0`
 */
export function chunkIdentity({ url, attributes }: OpenRun, path: string, name: string): string {
  const { chunks, commit } = attributes;
  return `${url}${path}/${name}@${chunks?.[`${path}/${name}`] ?? chunks?.[`${path}/tail`] ?? commit}`;
}
