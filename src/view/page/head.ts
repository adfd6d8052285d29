/** The head of the page: which run, how far it is, and whether it is followed. */
import { find } from './element.js';
import { count, plannedSteps } from './facts/describe.js';
import type { RunPlace } from './openRun.js';
import type { OpenRun } from './panel.js';

export function showHead(places: readonly RunPlace[], runs: readonly OpenRun[]): void {
  const names = places.map(({ name }) => name).join(' and ');
  find('name').textContent = names || 'gan-dist';
  document.title = names ? `${names} · gan-dist` : 'gan-dist';
  if (runs.length === 0) return;
  find('summary').textContent = runs.map(describe).join(' · ');
  const state = find('state');
  state.hidden = false;
  const isLive = runs.some(run => !run.published && run.attributes.rows.metrics < plannedSteps(run));
  state.classList.toggle('live', isLive);
  state.textContent = isLive ? 'Following' : runs.every(run => run.published) ? 'Published' : 'Complete';
}

function describe(run: OpenRun): string {
  const { rows, data } = run.attributes;
  const planned = plannedSteps(run);
  const of = Number.isFinite(planned) ? ` of ${count(planned)}` : '';
  return `${count(rows.metrics)}${of} steps on ${data?.name ?? 'unknown images'}`;
}
