/**
 * Files of one commit, all open from its beginning on: what a writer deletes meanwhile can still be read, however long
 * that takes. (Links to them would do the same, but need to be written, and outlive who is killed.)
 */
import { StoreError } from '../../shared/errors.js';
import type { FileSystem, OpenFile } from '../disk/fileSystem.js';
import { entryIfThere, errorCode, readFileIfThere } from '../disk/files.js';

/** Those of a hundred checkpoints; more are seldom at stake, as what is kept for good is not deleted. */
const mostHeld = 4096;
/** Given up again where the process may open no more: others need some. */
const spare = 16;

export class HeldFiles {
  readonly #fs: FileSystem;
  readonly #open = new Map<string, OpenFile>();

  private constructor(fs: FileSystem) {
    this.#fs = fs;
  }

  /**
   * Opens them; those beyond what a process may have open are read by their names.
   * @throws StoreError when one is missing
   */
  static async open(fs: FileSystem, paths: readonly string[]): Promise<HeldFiles> {
    const held = new HeldFiles(fs);
    try {
      for (const path of paths.slice(0, mostHeld)) await held.#hold(path);
    } catch (error) {
      const isLimit = ['EMFILE', 'ENFILE'].includes(errorCode(error) ?? '');
      for (const path of [...held.#open.keys()].slice(isLimit ? -spare : 0)) await held.#release(path);
      if (!isLimit) throw error;
    }
    return held;
  }

  /** A file's content, or undefined when it is not there. It is not held any longer. */
  async read(path: string, most: number): Promise<Uint8Array | undefined> {
    const file = this.#open.get(path);
    if (!file) return readFileIfThere(this.#fs, path, most);
    if (file.bytes > most)
      throw new StoreError(`${path} is damaged: it has ${file.bytes} bytes, and at most ${most} are expected`, path);
    try {
      return await file.read();
    } finally {
      await this.#release(path);
    }
  }

  async close(): Promise<void> {
    for (const path of [...this.#open.keys()]) await this.#release(path);
  }

  async #hold(path: string): Promise<void> {
    const entry = await entryIfThere(this.#fs, path);
    if (entry && entry.kind !== 'file') throw new StoreError(`${path} is not a regular file`, path);
    const file = await this.#fs.open(path).catch(error => {
      if (errorCode(error) !== 'ENOENT') throw error;
      throw new StoreError(`${path} is missing`, path, { cause: error });
    });
    this.#open.set(path, file);
  }

  async #release(path: string): Promise<void> {
    await this.#open.get(path)?.close();
    this.#open.delete(path);
  }
}
