/**
 * The name of a rank's phase in shared memory: a character a slot, and 0 behind the last. Writing
 * one takes some microseconds.
 */

/** Int32 slots that a phase takes; a longer name is cut. */
export const phaseSlots = 96;

export function writePhase(slots: Int32Array, name: string): void {
  const length = Math.min(name.length, phaseSlots);
  for (let i = 0; i < length; i++) Atomics.store(slots, i, name.charCodeAt(i));
  if (length < phaseSlots) Atomics.store(slots, length, 0);
}

export function readPhase(slots: Int32Array): string {
  const codes = Array.from(slots, (_, i) => Atomics.load(slots, i));
  const end = codes.indexOf(0);
  return String.fromCharCode(...codes.slice(0, end === -1 ? phaseSlots : end));
}
