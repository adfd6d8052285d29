/**
 * The weights: how they spread over training, and the filters as pictures. Nothing is read before
 * the panel comes into view.
 */
import { element } from '../element.js';
import type { OpenRun, PageState, Panel } from '../panel.js';
import { createFilters } from './filters.js';
import { createHistograms } from './histograms.js';

export const weightsPanel: Panel = { id: 'weights', title: 'Weights', mount };

function mount(body: HTMLElement, { runs: first, cursor }: PageState): { update(runs: readonly OpenRun[]): void } {
  let runs = first;
  let isSeen = false;
  const parts = [createHistograms(cursor), createFilters()];
  const chosen = element(
    'select',
    { 'aria-label': 'Run' },
    ...runs.map(({ name }, index) => element('option', { value: index }, name)),
  );
  chosen.hidden = runs.length < 2;

  const show = () => {
    const run = runs[Number(chosen.value)] ?? runs[0]!;
    if (isSeen) for (const part of parts) part.update(run);
  };
  new IntersectionObserver(
    ([entry], observer) => {
      if (!entry?.isIntersecting) return;
      isSeen = true;
      observer.disconnect();
      show();
    },
    { rootMargin: '200px' },
  ).observe(body);
  chosen.addEventListener('change', show);
  body.append(chosen, element('div', { class: 'weights' }, ...parts.map(part => part.element)));
  return {
    update(next) {
      runs = next;
      show();
    },
  };
}
