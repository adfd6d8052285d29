/**
 * Files in memory, for the sweeps over every operation of a commit: fast, and they know what was synced. A power cut
 * loses what was not: the content of a file until it is synced, a name in a folder until the folder is.
 */
import { basename, dirname } from 'node:path';
import type { FileSystem, NewFile } from '../../src/store/fileSystem.js';

interface File {
  kind: 'file';
  bytes: Uint8Array;
  synced: Uint8Array;
}
interface Folder {
  kind: 'folder';
  names: Map<string, File | Folder>;
  synced: Map<string, File | Folder>;
}

export interface Faults {
  /** Operations so far. */
  count: number;
  /** This operation fails; 0: none. */
  failAt: number;
  /** `once`: the others work. `for good`: those after it fail too, as after a kill. */
  lasts: 'once' | 'for good';
  code: string;
  /** What the failing operation was. */
  failed?: string;
}

const newFolder = (): Folder => ({ kind: 'folder', names: new Map(), synced: new Map() });

export class MemoryFileSystem implements FileSystem {
  readonly faults: Faults = { count: 0, failAt: 0, lasts: 'once', code: 'ENOSPC' };
  #root: Folder;

  constructor(root: Folder = newFolder()) {
    this.#root = root;
  }

  /**
   * What is there after the process or the machine died, without faults.
   * @param unsynced - `kept`, as after a kill; `lost`, as after a power cut
   */
  after(unsynced: 'kept' | 'lost'): MemoryFileSystem {
    const files = new Map<File | Folder, File | Folder>();
    const copy = (node: File | Folder): File | Folder => {
      const known = files.get(node);
      if (known) return known;
      if (node.kind === 'file') {
        const bytes = unsynced === 'kept' ? node.bytes : node.synced;
        const made: File = { kind: 'file', bytes, synced: bytes };
        files.set(node, made);
        return made;
      }
      const names = [...(unsynced === 'kept' ? node.names : node.synced)].map(
        ([n, child]) => [n, copy(child)] as const,
      );
      return { kind: 'folder', names: new Map(names), synced: new Map(names) };
    };
    return new MemoryFileSystem(copy(this.#root) as Folder);
  }

  async create(path: string): Promise<NewFile> {
    const folder = this.#enter('create', path);
    if (folder.names.has(basename(path))) throw failure('EEXIST', 'create', path);
    const file: File = { kind: 'file', bytes: new Uint8Array(), synced: new Uint8Array() };
    folder.names.set(basename(path), file);
    const append = (bytes: Uint8Array): number => {
      file.bytes = Buffer.concat([file.bytes, bytes]);
      return bytes.length;
    };
    return {
      write: async bytes => {
        // A failing write is a short one, and every write takes at most 3000 bytes.
        this.#step('write', path, () => append(bytes.subarray(0, bytes.length / 2)));
        return append(bytes.subarray(0, 3000));
      },
      sync: async () => {
        this.#step('sync', path);
        file.synced = file.bytes;
      },
      close: async () => this.#step('close', path),
    };
  }

  async readFile(path: string): Promise<Uint8Array> {
    const file = this.#at('readFile', path);
    if (file.kind !== 'file') throw failure('EISDIR', 'readFile', path);
    return Uint8Array.from(file.bytes);
  }

  async rename(from: string, to: string): Promise<void> {
    const node = this.#at('rename', from);
    const there = this.#find(to);
    if (there?.kind === 'folder' && there.names.size > 0) throw failure('ENOTEMPTY', 'rename', to);
    this.#folderOf(to).names.set(basename(to), node);
    this.#folderOf(from).names.delete(basename(from));
  }

  async link(existing: string, path: string): Promise<void> {
    const node = this.#at('link', existing);
    if (this.#find(path)) throw failure('EEXIST', 'link', path);
    this.#folderOf(path).names.set(basename(path), node);
  }

  async unlink(path: string): Promise<void> {
    this.#at('unlink', path);
    this.#folderOf(path).names.delete(basename(path));
  }

  async mkdir(path: string): Promise<void> {
    const folder = this.#enter('mkdir', path);
    if (folder.names.has(basename(path))) throw failure('EEXIST', 'mkdir', path);
    folder.names.set(basename(path), newFolder());
  }

  async rmdir(path: string): Promise<void> {
    const folder = this.#at('rmdir', path);
    if (folder.kind !== 'folder' || folder.names.size > 0) throw failure('ENOTEMPTY', 'rmdir', path);
    this.#folderOf(path).names.delete(basename(path));
  }

  async syncFolder(path: string): Promise<void> {
    const folder = this.#at('syncFolder', path);
    if (folder.kind === 'folder') folder.synced = new Map(folder.names);
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

  async freeBytes(): Promise<number> {
    return 1e9;
  }

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

  #step(operation: string, path: string, instead = () => {}): void {
    const { faults } = this;
    faults.count++;
    const { count, failAt, lasts } = faults;
    if (failAt === 0 || (lasts === 'once' ? count !== failAt : count < failAt)) return;
    if (faults.failed === undefined) instead();
    faults.failed ??= `${operation} ${path}`;
    throw failure(faults.code, operation, path);
  }
}

const failure = (code: string, operation: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${operation} ${path}`), { code, path });
