/**
 * `gan-dist setup`: makes the engine work where gan-dist was installed as a package. In a clone, `npm run setup` does
 * this and more.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stopSignals } from '../terminal/stopSignals.js';
import { findScript } from './packageScripts.js';

/** Runs set-up with its output on this terminal; returns what the process is to exit with. */
export async function runSetup(): Promise<number> {
  const child = spawn(process.execPath, [findScript('setup.mjs'), '--engine'], { stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of stopSignals) process.on(signal, forward);
  try {
    const [code] = await once(child, 'close');
    return code ?? 1;
  } finally {
    for (const signal of stopSignals) process.off(signal, forward);
  }
}
