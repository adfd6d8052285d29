/**
 * One file of events, for one session of training; TensorBoard shows all files of a folder as one run. Each event is
 * handed to the system as soon as it is there, so TensorBoard follows live. Writing never holds up training, and never
 * fails it: at the first failure the file is given up.
 */
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolders, nodeFileSystem } from '../store/index.js';
import { encodeStart, encodeValues, encodeVersion, type Value } from './event.js';
import { encodeRecord } from './tfRecords.js';

export class EventFile {
  private file: FileHandle | undefined;
  private waiting: Uint8Array[] = [];
  private writing: Promise<void>;
  private isGivenUp = false;

  /**
   * @param folder - is made if it is not there
   * @param step - that the session starts at: what earlier sessions left of it or of later steps is no longer shown
   * @param onFailure - told once, why nothing more is written
   */
  constructor(
    folder: string,
    step: number,
    private readonly onFailure: (error: Error) => void,
  ) {
    this.waiting.push(encodeRecord(encodeVersion(now())), encodeRecord(encodeStart(now(), step)));
    this.writing = this.guard(async () => {
      await makeFolders(nodeFileSystem, folder);
      this.file = await open(join(folder, await chooseName(folder)), 'wx');
    });
    this.writeOn();
  }

  add(step: number, values: readonly Value[]): void {
    if (this.isGivenUp) return;
    this.waiting.push(encodeRecord(encodeValues(now(), step, values)));
    this.writeOn();
  }

  /** Waits until everything is written. */
  async close(): Promise<void> {
    await this.writing;
    await this.file?.close().catch(() => {});
  }

  /** What is waiting then, in one go: behind a slow disk events gather. */
  private writeOn(): void {
    this.writing = this.writing.then(() =>
      this.guard(async () => {
        const bytes = Buffer.concat(this.waiting);
        this.waiting = [];
        if (bytes.length > 0) await this.file?.appendFile(bytes);
      }),
    );
  }

  private async guard(work: () => Promise<void>): Promise<void> {
    if (this.isGivenUp) return;
    try {
      await work();
    } catch (error) {
      this.isGivenUp = true;
      this.waiting = [];
      this.onFailure(error as Error);
    }
  }
}

const now = (): number => Date.now() / 1000;

/** TensorBoard reads files in the order of their names: later sessions must come later, also within one second. */
async function chooseName(folder: string): Promise<string> {
  const times = (await readdir(folder)).map(name => Number(/^events\.out\.tfevents\.(\d{10})\./.exec(name)?.[1] ?? 0));
  const seconds = Math.max(Math.floor(now()), ...times.map(time => time + 1));
  return `events.out.tfevents.${String(seconds).padStart(10, '0')}.${hostname()}.${process.pid}.0`;
}
