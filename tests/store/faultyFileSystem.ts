/** A file system that counts its operations and fails at the n-th, in the way of a full disk or of a killed process. */
import { type FileSystem, type NewFile, nodeFileSystem } from '../../src/store/fileSystem.js';

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

/**
 * The real file system, without syncing (tests that do not cut the power do not need it), with faults.
 * @returns the file system, and the faults to set
 */
export function makeFaulty(): { fs: FileSystem; faults: Faults } {
  const faults: Faults = { count: 0, failAt: 0, lasts: 'once', code: 'ENOSPC' };
  const step = (operation: string, path: string): void => {
    faults.count++;
    const fails =
      faults.failAt > 0 && (faults.lasts === 'once' ? faults.count === faults.failAt : faults.count >= faults.failAt);
    if (!fails) return;
    faults.failed ??= `${operation} ${path}`;
    throw Object.assign(new Error(`${faults.code}: ${operation} ${path}`), { code: faults.code, path });
  };
  const counted = <K extends keyof FileSystem>(name: K): FileSystem[K] =>
    (async (...args: [string]) => {
      step(name, args[0]);
      return (nodeFileSystem[name] as (...args: [string]) => unknown)(...args);
    }) as unknown as FileSystem[K];
  const fs = Object.fromEntries(Object.keys(nodeFileSystem).map(name => [name, counted(name as keyof FileSystem)]));
  return {
    faults,
    fs: {
      ...(fs as unknown as FileSystem),
      syncFolder: async path => step('syncFolder', path),
      async create(path) {
        step('create', path);
        return withFaults(await nodeFileSystem.create(path), path, step);
      },
    },
  };
}

/** A failing write is a short one: half of the bytes are on the disk. */
function withFaults(file: NewFile, path: string, step: (operation: string, path: string) => void): NewFile {
  return {
    async write(bytes) {
      try {
        step('write', path);
      } catch (error) {
        await file.write(bytes.subarray(0, bytes.length / 2));
        throw error;
      }
      return file.write(bytes);
    },
    sync: async () => step('sync', path),
    async close() {
      await file.close();
      step('close', path);
    },
  };
}
