/** The panels, in their order on the page. */
import type { Panel } from './panel.js';

export const panels: readonly Panel[] = [];
