/** The limits that are set, each with where. */
import { type ControlGroup, readControlGroup } from '../../shared/controlGroup.js';
import { gigabytes, type Limits, readLimits } from '../../shared/limits.js';

export function describeLimits(limits: Limits = readLimits(), group: ControlGroup = readControlGroup()): string {
  const { addressSpace, data, fileSize, openFiles, processes } = limits;
  const { memory, processors, threads } = group;
  const said = [
    addressSpace !== undefined && `${gigabytes(addressSpace)} of address space (ulimit -v)`,
    data !== undefined && `${gigabytes(data)} of data (ulimit -d)`,
    fileSize !== undefined && `files of ${gigabytes(fileSize)} (ulimit -f)`,
    openFiles !== undefined && `${openFiles} open files (ulimit -n)`,
    processes !== undefined && `${processes} processes and threads of the user (ulimit -u)`,
    memory !== undefined && `${gigabytes(memory)} of memory (control group)`,
    processors !== undefined && `the time of ${Number(processors.toFixed(2))} processors (control group)`,
    threads !== undefined && `${threads.most} threads, of which there are ${threads.now} (control group)`,
  ].filter(text => text !== false);
  return said.length > 0 ? said.join(', ') : 'none that this system tells of';
}
