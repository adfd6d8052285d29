/** What is said of a copy: while it is made, and in the end. */
import type { Run } from '../../store/index.js';
import { formatBytes, plural } from '../terminal/format.js';
import type { StatusLine } from '../terminal/statusLine.js';

export const showCopied =
  (line: StatusLine) =>
  ({ bytes, totalBytes }: { bytes: number; totalBytes: number }): void => {
    // The metadata come last, and are not among the total.
    const done = Math.min(bytes, totalBytes);
    const share = Math.floor((100 * done) / Math.max(totalBytes, 1));
    line.draw(`${formatBytes(done)} of ${formatBytes(totalBytes)} copied (${share} %)`);
  };

export const describeCopied = (copied: Run, files: number, bytes: number): string =>
  `Copied ${copied.path}: ${plural(copied.steps, 'step')}, ${describeCheckpoints(copied)}; ${plural(files, 'file')}, ${formatBytes(bytes)}.`;

function describeCheckpoints({ checkpoints }: Run): string {
  const newest = checkpoints.at(-1);
  if (newest === undefined) return 'no checkpoint yet';
  return checkpoints.length === 1 ? `checkpoint ${newest}` : `${checkpoints.length} checkpoints up to ${newest}`;
}
