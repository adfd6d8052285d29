/** Every path that is not absolute is below the working folder: one that is gone, or that Node cannot name, is refused. */
import { UsageError } from '../../shared/errors.js';

/** @throws UsageError */
export function assertWorkingFolder(): void {
  if (!currentFolder().includes('\ufffd')) return;
  // Node puts this character where bytes are no UTF-8: what is written would go to another folder.
  throw new UsageError('the name of the working folder is not in UTF-8; rename it, or go to another');
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new UsageError('the working folder is not there any more; go to one that is', { cause: error });
  }
}
