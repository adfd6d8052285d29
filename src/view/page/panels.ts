/** The panels, in their order on the page. */
import { chartsPanel } from './charts/chartsPanel.js';
import { eventsPanel } from './facts/eventsPanel.js';
import { factsPanel } from './facts/factsPanel.js';
import { filmPanel } from './film/filmPanel.js';
import { generatePanel } from './generate/generatePanel.js';
import type { Panel } from './panel.js';
import { weightsPanel } from './weights/weightsPanel.js';

export const panels: readonly Panel[] = [filmPanel, chartsPanel, generatePanel, weightsPanel, factsPanel, eventsPanel];
