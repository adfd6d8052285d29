/**
 * What a disk has not synced yet, thing by thing: a file's content, and each change of a name in a
 * folder. A power cut loses any of them and keeps the others, in no order. Two promises are kept,
 * those of journaling file systems: a rename never leaves a file without a name (at worst it has
 * both), and that of a folder happens whole or not at all.
 */
export interface File {
  kind: 'file';
  bytes: Uint8Array;
  synced: Uint8Array;
}
export interface Folder {
  kind: 'folder';
  names: Map<string, Node>;
  /** The names that are on the disk for sure. */
  synced: Map<string, Node>;
}
export type Node = File | Folder;

/** Where a name is set, or deleted when `node` is undefined. */
interface NameChange {
  folder: Folder;
  name: string;
  node: Node | undefined;
}

/** One thing that is lost or kept. */
export type Unsynced = { what: string } & ({ file: File } | { changes: NameChange[] });

/** A file's content may also be torn: what is there of it. */
export type Fate = 'kept' | 'lost' | ((content: Uint8Array) => Uint8Array);

export const newFolder = (): Folder => ({ kind: 'folder', names: new Map(), synced: new Map() });

export class Journal {
  #things: Unsynced[] = [];

  /** In the order in which they came about. */
  get things(): readonly Unsynced[] {
    return this.#things;
  }

  written(what: string, file: File): void {
    if (!this.#things.some(thing => 'file' in thing && thing.file === file)) this.#things.push({ what, file });
  }

  syncedFile(file: File): void {
    file.synced = file.bytes;
    this.#things = this.#things.filter(thing => !('file' in thing && thing.file === file));
  }

  /** Changes names now; `changes` belong together. */
  change(what: string, ...changes: NameChange[]): void {
    for (const { folder, name, node } of changes) setName(folder.names, name, node);
    this.#things.push({ what, changes });
  }

  /** The folder's own changes last now; and of a file that left it the new name, and of a folder the whole move. */
  syncedFolder(folder: Folder): void {
    for (const thing of [...this.#things]) {
      if ('file' in thing || !thing.changes.some(change => change.folder === folder)) continue;
      const moved = thing.changes.find(({ node }) => node)?.node;
      for (const change of [...thing.changes])
        if (change.folder === folder || change.node || moved?.kind === 'folder') this.#settle(thing, change);
    }
    this.#things = this.#things.filter(thing => 'file' in thing || thing.changes.length > 0);
    folder.synced = new Map(folder.names);
  }

  /** A change that lasts; what the name was before it, or would have been, is of no account any more. */
  #settle(settled: Unsynced, { folder, name, node }: NameChange): void {
    setName(folder.synced, name, node);
    for (const thing of this.#things) {
      if ('changes' in thing) thing.changes = thing.changes.filter(c => c.folder !== folder || c.name !== name);
      if (thing === settled) break;
    }
  }

  /** The tree below `root` after a power cut: all of it synced. */
  after(root: Folder, fateOf: (thing: Unsynced) => Fate): Folder {
    const contents = new Map<File, Fate>();
    const names = new Map<Folder, Map<string, Node>>();
    for (const thing of this.#things) {
      const fate = fateOf(thing);
      if ('file' in thing) contents.set(thing.file, fate);
      else if (fate === 'kept')
        for (const { folder, name, node } of thing.changes) {
          if (!names.has(folder)) names.set(folder, new Map(folder.synced));
          setName(names.get(folder)!, name, node);
        }
    }
    return copyTree(
      root,
      folder => names.get(folder) ?? folder.synced,
      file => contentOf(file, contents.get(file)),
    );
  }
}

function setName(names: Map<string, Node>, name: string, node: Node | undefined): void {
  if (node) names.set(name, node);
  else names.delete(name);
}

function contentOf(file: File, fate: Fate | undefined): Uint8Array {
  if (fate === undefined || fate === 'kept') return file.bytes;
  return fate === 'lost' ? file.synced : fate(file.bytes);
}

/** One copy of a node, however many names it has. */
function copyTree(root: Folder, namesOf: (folder: Folder) => Map<string, Node>, contentOf: (file: File) => Uint8Array) {
  const copies = new Map<Node, Node>();
  const copy = (node: Node): Node => {
    const known = copies.get(node);
    if (known) return known;
    const made: Node = node.kind === 'file' ? copyFile(contentOf(node)) : newFolder();
    copies.set(node, made);
    if (node.kind === 'folder' && made.kind === 'folder') {
      for (const [name, child] of namesOf(node)) made.names.set(name, copy(child));
      made.synced = new Map(made.names);
    }
    return made;
  };
  return copy(root) as Folder;
}

const copyFile = (bytes: Uint8Array): File => ({ kind: 'file', bytes, synced: bytes });
