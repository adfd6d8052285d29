/** The step that all panels show. */
import type { Cursor } from './panel.js';

export function createCursor(step: number): Cursor {
  const listeners = new Set<(step: number) => void>();
  let current = step;
  return {
    get step() {
      return current;
    },
    set(step) {
      if (step === current) return;
      current = step;
      for (const listener of listeners) listener(step);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
