/**
 * Files in memory, for the sweeps over every operation of a commit: fast, and they know what was synced. A power cut
 * loses what was not (unsynced.ts): the content of a file until it is synced, a name in a folder until the folder is.
 */
import { basename, dirname } from 'node:path';
import type { FileSystem, NewFile } from '../../src/store/disk/fileSystem.js';
import { type Fate, type File, type Folder, Journal, newFolder, type Unsynced } from './unsynced.js';

export interface Faults {
  /** Operations so far. */
  count: number;
  /** This operation fails; 0: none. */
  failAt: number;
  /** `once`: the others work. `for good`: those after it fail too, as after a kill. */
  lasts: 'once' | 'for good';
  /** Of the error; or a write that throws nothing: `short` takes one byte, `nothing` none. */
  code: string;
  /** What the failing operation was. */
  failed?: string;
}

export class MemoryFileSystem implements FileSystem {
  readonly faults: Faults = { count: 0, failAt: 0, lasts: 'once', code: 'ENOSPC' };
  /** Told before every operation. */
  onOperation?: (what: string) => void;
  readonly #journal = new Journal();
  #root: Folder;

  constructor(root: Folder = newFolder()) {
    this.#root = root;
  }

  /** What a power cut would lose, or not, now. */
  get unsynced(): readonly Unsynced[] {
    return this.#journal.things;
  }

  /**
   * What is there after the process or the machine died, without faults.
   * @param fate - of each unsynced thing; all `kept` is a kill, all `lost` the worst power cut
   */
  after(fate: 'kept' | 'lost' | ((thing: Unsynced) => Fate)): MemoryFileSystem {
    return new MemoryFileSystem(this.#journal.after(this.#root, typeof fate === 'function' ? fate : () => fate));
  }

  /** All files below, with `/`-separated paths; folders end with a slash. */
  tree(folder = this.#root, prefix = ''): [path: string, bytes: Uint8Array][] {
    return [...folder.names].flatMap(([name, node]): [string, Uint8Array][] => {
      if (node.kind === 'file') return [[prefix + name, node.bytes]];
      return [[`${prefix}${name}/`, new Uint8Array()], ...this.tree(node, `${prefix}${name}/`)];
    });
  }

  async create(path: string): Promise<NewFile> {
    const folder = this.#enter('create', path);
    if (folder.names.has(basename(path))) throw failure('EEXIST', 'create', path);
    const file: File = { kind: 'file', bytes: new Uint8Array(), synced: new Uint8Array() };
    this.#change(`create ${path}`, [path, file]);
    const append = (bytes: Uint8Array): number => {
      file.bytes = Buffer.concat([file.bytes, bytes]);
      this.#journal.written(`content of ${path}`, file);
      return bytes.length;
    };
    return {
      write: async bytes => {
        // A failing write is a short one, and every write takes at most 3000 bytes.
        const taken = this.#step('write', path, () => append(bytes.subarray(0, bytes.length / 2)));
        return append(bytes.subarray(0, taken ?? 3000));
      },
      sync: async () => {
        this.#step('sync', path);
        this.#journal.syncedFile(file);
      },
      close: async () => void this.#step('close', path),
    };
  }

  async readStart(path: string, bytes: number): Promise<Uint8Array> {
    return (await this.readFile(path)).subarray(0, bytes);
  }

  async readFile(path: string): Promise<Uint8Array> {
    const file = this.#at('readFile', path);
    if (file.kind !== 'file') throw failure('EISDIR', 'readFile', path);
    return Uint8Array.from(file.bytes);
  }

  async open(path: string) {
    const bytes = await this.readFile(path);
    return { bytes: bytes.length, read: async () => bytes, close: async () => {} };
  }

  async rename(from: string, to: string): Promise<void> {
    const node = this.#at('rename', from);
    const there = this.#find(to);
    if (there?.kind === 'folder' && there.names.size > 0) throw failure('ENOTEMPTY', 'rename', to);
    this.#change(`rename ${from} ${to}`, [to, node], [from, undefined]);
  }

  async link(existing: string, path: string): Promise<void> {
    const node = this.#at('link', existing);
    if (this.#find(path)) throw failure('EEXIST', 'link', path);
    this.#change(`link ${existing} ${path}`, [path, node]);
  }

  async unlink(path: string): Promise<void> {
    if (this.#at('unlink', path).kind === 'folder') throw failure('EISDIR', 'unlink', path);
    this.#change(`unlink ${path}`, [path, undefined]);
  }

  async mkdir(path: string): Promise<void> {
    const folder = this.#enter('mkdir', path);
    if (folder.names.has(basename(path))) throw failure('EEXIST', 'mkdir', path);
    this.#change(`mkdir ${path}`, [path, newFolder()]);
  }

  async rmdir(path: string): Promise<void> {
    const folder = this.#at('rmdir', path);
    if (folder.kind !== 'folder' || folder.names.size > 0) throw failure('ENOTEMPTY', 'rmdir', path);
    this.#change(`rmdir ${path}`, [path, undefined]);
  }

  async syncFolder(path: string): Promise<void> {
    const folder = this.#at('syncFolder', path);
    if (folder.kind === 'folder') this.#journal.syncedFolder(folder);
  }

  async list(path: string): Promise<string[]> {
    const folder = this.#at('list', path);
    if (folder.kind !== 'folder') throw failure('ENOTDIR', 'list', path);
    return [...folder.names.keys()];
  }

  async entry(path: string) {
    const node = this.#at('entry', path);
    return { kind: node.kind, bytes: node.kind === 'file' ? node.bytes.length : 0 };
  }

  async realpath(path: string): Promise<string> {
    this.#at('realpath', path);
    return path;
  }

  lockFile(): undefined {}

  isLocal(): boolean {
    return false;
  }

  async freeBytes(): Promise<number> {
    return 1e9;
  }

  async freeFiles(): Promise<undefined> {}

  #find(path: string): File | Folder | undefined {
    let node: File | Folder | undefined = this.#root;
    for (const name of path.split('/').filter(Boolean))
      node = node?.kind === 'folder' ? node.names.get(name) : undefined;
    return node;
  }

  #at(operation: string, path: string): File | Folder {
    this.#step(operation, path);
    const node = this.#find(path);
    if (!node) throw failure('ENOENT', operation, path);
    return node;
  }

  #enter(operation: string, path: string): Folder {
    this.#step(operation, path);
    return this.#folderOf(path);
  }

  #folderOf(path: string): Folder {
    const folder = this.#find(dirname(path));
    if (folder?.kind !== 'folder') throw failure('ENOENT', 'find', path);
    return folder;
  }

  #change(what: string, ...changes: [path: string, node: File | Folder | undefined][]): void {
    const named = changes.map(([path, node]) => ({ folder: this.#folderOf(path), name: basename(path), node }));
    this.#journal.change(what, ...named);
  }

  /** Counts, and fails. @returns the bytes that a write takes which fails without an error */
  #step(operation: string, path: string, instead = () => {}): number | undefined {
    this.onOperation?.(`${operation} ${path}`);
    const { faults } = this;
    faults.count++;
    const { count, failAt, lasts, code } = faults;
    if (failAt === 0 || (lasts === 'once' ? count !== failAt : count < failAt)) return undefined;
    const isSilent = code === 'short' || code === 'nothing';
    if (faults.failed === undefined && !isSilent) instead();
    faults.failed ??= `${operation} ${path}`;
    if (!isSilent) throw failure(code, operation, path);
    return operation === 'write' ? Number(code === 'short') : undefined;
  }
}

const failure = (code: string, operation: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${operation} ${path}`), { code, path });
