/** What the run is: settings, data, engine, speed. */
import { element } from '../element.js';
import type { OpenRun, PageState, Panel } from '../panel.js';
import { listFacts, listSettings } from './describe.js';
import { describeSpeed, readSpeed } from './speed.js';

export const factsPanel: Panel = { id: 'facts', title: 'The run', mount };

type Row = readonly [name: string, ...values: string[]];

function mount(body: HTMLElement, { runs }: PageState): { update(runs: readonly OpenRun[]): void } {
  const facts = element('div', { class: 'scroll' });
  const settings = element('div', { class: 'scroll' });
  const speeds: string[] = runs.map(() => '…');
  body.append(facts, element('details', {}, element('summary', {}, 'All settings'), settings));
  const show = (next: readonly OpenRun[]) => {
    facts.replaceChildren(table([...merge(next.map(listFacts)), ['Speed', ...speeds]], next));
    settings.replaceChildren(table(merge(next.map(listSettings)), next));
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
