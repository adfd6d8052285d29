/** What happened to the run, the newest first. */
import { element } from '../element.js';
import type { Cursor, OpenRun, PageState, Panel } from '../panel.js';
import { count } from './describe.js';
import { isBad, type RunEvent } from './events.js';

export const eventsPanel: Panel = { id: 'events', title: 'What happened', mount };

function mount(body: HTMLElement, { runs, cursor }: PageState): { update(runs: readonly OpenRun[]): void } {
  const lists = element('div', { class: 'columns' });
  body.append(lists);
  let shown = '';
  const update = (next: readonly OpenRun[]) => {
    // Who reads the list, or is about to press a button in it, keeps it.
    const state = JSON.stringify(next.map(({ attributes }) => attributes.events));
    if (state === shown) return;
    shown = state;
    lists.replaceChildren(...next.map(run => listEvents(run, next.length > 1, cursor)));
  };
  update(runs);
  return { update };
}

function listEvents({ name, attributes }: OpenRun, isNamed: boolean, cursor: Cursor): HTMLElement {
  const items = [...(attributes.events as RunEvent[])].reverse().map(({ step, time, kind, message }) => {
    const jump = element('button', { type: 'button', class: 'link' }, `step ${count(step)}`);
    jump.addEventListener('click', () => cursor.set(step));
    const when = element('time', { datetime: time, class: 'muted' }, time.slice(0, 16).replace('T', ' '));
    const what = element('span', { class: isBad(kind) ? 'bad' : undefined }, message);
    return element('li', {}, element('span', { class: 'row' }, when, jump), what);
  });
  return element(
    'div',
    {},
    isNamed ? element('h3', {}, name) : undefined,
    element('ol', { class: 'events' }, ...items),
  );
}
