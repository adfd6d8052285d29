/** What one can do with the charts: zoom by buttons too, and choose how smooth the lines are. */
import { element } from '../element.js';
import type { Window } from './chooseChunks.js';

export interface Tools {
  readonly element: HTMLElement;
  /** Steps of a mean, in this window. */
  span(window: Window): number;
  /** What is under the cursor. */
  tell(text: string): void;
}

interface ToolsOptions {
  /** undefined: all of it */
  onZoom(factor: number | undefined): void;
  onSmooth(): void;
}

/** Percent of the window. */
const usualSmoothing = 2;

export function createTools({ onZoom, onSmooth }: ToolsOptions): Tools {
  const readout = element('output', { class: 'readout', for: 'smoothing', 'aria-live': 'off' });
  const smoothing = element('input', {
    type: 'range',
    id: 'smoothing',
    min: 0,
    max: 10,
    step: 0.5,
    value: usualSmoothing,
  });
  smoothing.addEventListener('input', onSmooth);
  const button = (text: string, label: string, factor: number | undefined) => {
    const made = element('button', { type: 'button', class: 'button', 'aria-label': label, title: label }, text);
    made.addEventListener('click', () => onZoom(factor));
    return made;
  };
  const tools = element(
    'div',
    { class: 'row tools' },
    element('label', { class: 'row small muted', for: 'smoothing' }, 'Smooth', smoothing),
    button('−', 'Zoom out', 2),
    button('+', 'Zoom in', 0.5),
    button('All', 'Show all steps', undefined),
  );
  return {
    element: element('div', { class: 'row spread' }, readout, tools),
    span: ({ from, to }) => Math.max(1, Math.round(((to - from) * Number(smoothing.value)) / 100)),
    tell: text => {
      readout.textContent = text;
    },
  };
}
