/**
 * Keeps a native library in memory once a thread has loaded it. Node lets go of an addon when the
 * thread that loaded it ends, and with its last user the library is unmapped. TensorFlow has
 * threads of its own, which outlive that: the next one to wake up ran where no code was any more
 * (SIGSEGV), and a thread that replaced the dead one linked 816 MB again, for seconds.
 */
import os from 'node:os';

/** RTLD_NODELETE, which Node does not name; elsewhere nothing is asked for. */
const stay: Partial<Record<NodeJS.Platform, number>> = { linux: 0x1000, darwin: 0x80 };

/** Runs `load`; the addons that it requires stay until the process ends. */
export function keepLibraries<T>(load: () => T): T {
  const open = process.dlopen;
  process.dlopen = (module, filename, flags = os.constants.dlopen?.RTLD_LAZY ?? 0) =>
    open(module, filename, flags | (stay[process.platform] ?? 0));
  try {
    return load();
  } finally {
    process.dlopen = open;
  }
}
