/** What the run is: settings, data, engine, time, and what happened to it. */
import { element } from '../element.js';
import type { Cursor, OpenRun, PageState, Panel } from '../panel.js';
import { count, listFacts, listSettings } from './describe.js';
import { isBad, type RunEvent } from './events.js';
import { describeSpeed, readSpeed } from './speed.js';

export const factsPanel: Panel = { id: 'facts', title: 'The run', mount };

type Row = readonly [name: string, ...values: string[]];

function mount(body: HTMLElement, { runs, cursor }: PageState): { update(runs: readonly OpenRun[]): void } {
  const facts = element('div', { class: 'scroll' });
  const settings = element('div', { class: 'scroll' });
  const events = element('div', { class: 'events' });
  const speeds: string[] = runs.map(() => '…');
  body.append(
    element(
      'div',
      { class: 'columns' },
      element('div', {}, facts, element('details', {}, element('summary', {}, 'All settings'), settings)),
      events,
    ),
  );
  const show = (next: readonly OpenRun[]) => {
    const rows = merge(next.map(listFacts));
    facts.replaceChildren(table([...rows, ['speed', ...speeds]], next));
    settings.replaceChildren(table(merge(next.map(listSettings)), next));
    events.replaceChildren(...next.flatMap(run => listEvents(run, next.length > 1, cursor)));
  };
  const update = (next: readonly OpenRun[]) => {
    show(next);
    void Promise.all(
      next.map(async (run, index) => {
        speeds[index] = await readSpeed(run).then(describeSpeed, () => '–');
      }),
    ).then(() => show(next));
  };
  update(runs);
  return { update };
}

/** One row a name, one column a run. */
function merge(lists: readonly (readonly (readonly [string, string])[])[]): Row[] {
  const names = [...new Set(lists.flatMap(list => list.map(([name]) => name)))];
  return names.map(name => [name, ...lists.map(list => list.find(([each]) => each === name)?.[1] ?? '–')]);
}

/** Of two runs, what is not the same stands out. */
function table(rows: readonly Row[], runs: readonly OpenRun[]): HTMLTableElement {
  const head = element('tr', {}, element('td'), ...runs.map(({ name }) => element('th', { scope: 'col' }, name)));
  const lines = rows.map(([name, ...values]) =>
    element(
      'tr',
      { class: new Set(values).size > 1 ? 'differs' : undefined },
      element('th', { scope: 'row' }, name),
      ...values.map(value => element('td', {}, value)),
    ),
  );
  return element(
    'table',
    { class: 'facts' },
    runs.length > 1 ? element('thead', {}, head) : undefined,
    element('tbody', {}, ...lines),
  );
}

function listEvents({ name, attributes }: OpenRun, isNamed: boolean, cursor: Cursor): HTMLElement[] {
  const items = (attributes.events as RunEvent[]).map(({ step, time, kind, message }) => {
    const jump = element(
      'button',
      { type: 'button', class: 'link', 'aria-label': `Go to step ${count(step)}` },
      `step ${count(step)}`,
    );
    jump.addEventListener('click', () => cursor.set(step));
    const when = element('time', { datetime: time, class: 'muted' }, time.slice(0, 16).replace('T', ' '));
    const what = element('span', {}, element('b', { class: isBad(kind) ? 'bad' : undefined }, kind), ` ${message}`);
    return element('li', {}, element('div', { class: 'row small' }, jump, when), what);
  });
  return [element('h3', {}, isNamed ? `Events of ${name}` : 'Events'), element('ol', {}, ...items)];
}
