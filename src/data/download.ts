/**
 * One file from one mirror, over a network that is slow, cuts connections and lies. Bytes that came are never asked for
 * again, unless the mirror insists or the file turns out to be damaged.
 */
import { type FileHandle, rm } from 'node:fs/promises';
import { findProblem } from './checkContent.js';
import type { FetchProgress } from './fetchProgress.js';
import type { DataFile } from './mnistFiles.js';
import { openPart } from './partFile.js';

export interface FetchJob {
  file: DataFile;
  dir: string;
  stallSeconds: number;
  onProgress: (progress: FetchProgress) => void;
}

/** A mirror's failure; the next one is tried. Everything else, such as a full disk, ends the fetch. */
export class MirrorError extends Error {}

/** A connection that is cut more often than this is not worth the trouble. */
const mostCuts = 50;

/** Downloads until the part's content is right. A connection that is cut is taken up again as long as bytes arrive. */
export async function downloadFile(url: URL, part: string, job: FetchJob): Promise<void> {
  for (let fresh = false; ; fresh = true) {
    const continued = await downloadAll(url, part, job);
    const problem = await findProblem(part, job.file);
    if (problem === undefined) return;
    // Leftovers of another mirror's gzip and of this one's do not fit together: once more, from the start.
    await rm(part, { force: true });
    if (fresh || !continued) throw new MirrorError(`a damaged file (${problem})`);
  }
}

/** @returns whether the part began with bytes from an earlier time */
async function downloadAll(url: URL, part: string, job: FetchJob): Promise<boolean> {
  const handle = await openPart(part);
  try {
    const atFirst = (await handle.stat()).size;
    let size = atFirst;
    for (let cuts = 1; ; cuts++) {
      const cut = await downloadOnce(url, handle, job);
      if (!cut) break;
      const sizeNow = (await handle.stat()).size;
      if (sizeNow <= size || cuts === mostCuts) throw cut;
      size = sizeNow;
    }
    await handle.sync();
    return atFirst > 0;
  } finally {
    await handle.close();
  }
}

/**
 * One request, from where the part ends.
 *
 * @returns the error of a connection that was cut, undefined if the answer is complete
 * @throws MirrorError if the mirror refuses, or is silent for too long
 */
async function downloadOnce(url: URL, part: FileHandle, job: FetchJob): Promise<MirrorError | undefined> {
  const { file, stallSeconds, onProgress } = job;
  const stall = new StallTimer(stallSeconds);
  try {
    const start = (await part.stat()).size;
    const response = await request(url, start, stall.signal);
    let at = await whereToWrite(response, start, part);
    if (at === undefined) return undefined;
    const totalBytes = totalOf(response, at);
    const most = file.bytes + 65_536; // gzip never makes a file longer than that
    for await (const chunk of response.body ?? []) {
      stall.restart();
      at += await writeAll(part, chunk, at);
      if (at > most) {
        await part.truncate(0);
        throw new MirrorError(`more than the ${most} bytes that the file can have`);
      }
      onProgress({ file: file.name, state: 'loading', mirror: url.href, bytes: at, totalBytes });
    }
    return undefined;
  } catch (error) {
    if (error instanceof MirrorError || isDiskError(error)) throw error;
    if (stall.signal.aborted) throw new MirrorError(`no data for ${stallSeconds} s`);
    return new MirrorError(reasonOf(error), { cause: error });
  } finally {
    stall.stop();
  }
}

async function request(url: URL, start: number, signal: AbortSignal): Promise<Response> {
  // `identity`: a server that packs once more in transit would count its ranges in other bytes than we have.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (start > 0) headers.range = `bytes=${start}-`;
  return await fetch(url, { headers, signal });
}

/**
 * Where this answer's bytes belong, undefined if there are none to come: it may ignore the range,
 * or find it past the end.
 */
async function whereToWrite(response: Response, start: number, part: FileHandle): Promise<number | undefined> {
  const range = response.headers.get('content-range');
  if (response.status === 206 && start > 0 && range?.startsWith(`bytes ${start}-`)) return start;
  if (response.status === 416 && start > 0) {
    await response.body?.cancel();
    return undefined; // complete, or wrong: its checksum tells
  }
  if (response.status === 200) {
    await part.truncate(0);
    return 0;
  }
  await response.body?.cancel();
  if (response.status === 206) throw new MirrorError(`another range than asked for (${range})`);
  throw new MirrorError(`HTTP ${response.status} ${response.statusText}`.trim());
}

/** How long the file will be; unknown if the answer does not say, or counts other bytes than those that we get. */
function totalOf({ headers }: Response, start: number): number | undefined {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? undefined : start + Number(length);
}

async function writeAll(part: FileHandle, chunk: Uint8Array, at: number): Promise<number> {
  for (let done = 0; done < chunk.length; ) {
    done += (await part.write(chunk, done, chunk.length - done, at + done)).bytesWritten;
  }
  return chunk.length;
}

/** Aborts its signal when nothing was heard for a while. */
class StallTimer {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly signal = this.#controller.signal;

  constructor(seconds: number) {
    this.#timer = setTimeout(() => this.#controller.abort(), seconds * 1000);
  }

  restart(): void {
    this.#timer.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** The network's errors come wrapped, the file system's as they are. */
const isDiskError = (error: unknown) => (error as NodeJS.ErrnoException).syscall !== undefined;

const reasons: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no connection',
  ENOTFOUND: 'the host was not found: is this machine online?',
  EAI_AGAIN: 'the host was not found: is this machine online?',
  ENOSPC: 'the disk has no room (df -h), or no inode for another file (df -i)',
  EACCES: 'permission denied',
  EEXIST: 'a file is in the way',
  ENOTDIR: 'a file is in the way',
};

/** A network or file system error in plain words. */
export function reasonOf(error: unknown): string {
  const { code, message, cause } = error as NodeJS.ErrnoException;
  if (code !== undefined && code in reasons) return reasons[code]!;
  return cause instanceof Error ? reasonOf(cause) : message || String(code);
}
