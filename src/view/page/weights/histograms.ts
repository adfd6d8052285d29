/** Histograms of one tensor: over training, and at the step of the cursor. */
import { element, messageOf } from '../element.js';
import { count } from '../facts/describe.js';
import { readSampleSteps } from '../film/readFrame.js';
import { latestOnly } from '../generate/latest.js';
import { lastUpTo } from '../lastUpTo.js';
import type { Cursor, OpenRun } from '../panel.js';
import { createBars } from './bars.js';
import { createHeat } from './heat.js';
import { chooseRows, readHistogram, tensorNames } from './readHistograms.js';

export interface Histograms {
  readonly element: HTMLElement;
  update(run: OpenRun): void;
}

/** Columns of the picture at most. */
const mostRows = 160;

export function createHistograms(cursor: Cursor): Histograms {
  const select = element('select', { 'aria-label': 'Tensor' });
  const note = element('p', { class: 'muted', role: 'status' });
  const fail = (error: unknown) => {
    note.textContent = messageOf(error);
  };
  const heat = createHeat(cursor.set);
  const bars = createBars();
  const slider = element('input', {
    type: 'range',
    class: 'scrubber',
    min: 0,
    value: 0,
    'aria-label': 'Step of the histogram',
  });
  const plots = element('div', { hidden: true }, heat.element, slider, bars.element);
  const drawHeat = latestOnly(fail);
  const drawBars = latestOnly(fail);
  let run: OpenRun;
  let steps: ArrayLike<number> = [];

  const showAll = () =>
    drawHeat(async () => {
      const shown = run;
      steps = await readSampleSteps(shown);
      const names = tensorNames(shown);
      plots.hidden = names.length === 0 || steps.length === 0;
      note.textContent = plots.hidden ? describeNone(names) : '';
      if (plots.hidden) return;
      slider.max = String(steps.length - 1);
      const tensor = Number(select.value);
      const rows = chooseRows(steps.length, mostRows);
      const read = await Promise.all(rows.map(row => readHistogram(shown, row, steps[row]!, tensor)));
      heat.show(names[tensor]!, read);
      showStep();
    });

  const showStep = () =>
    drawBars(async () => {
      if (plots.hidden) return;
      const row = Math.max(lastUpTo(steps, cursor.step), 0);
      const tensor = Number(select.value);
      slider.value = String(row);
      slider.setAttribute('aria-valuetext', `Step ${count(steps[row]!)}`);
      heat.mark(steps[row]!);
      bars.show(tensorNames(run)[tensor]!, await readHistogram(run, row, steps[row]!, tensor));
    });

  select.addEventListener('change', showAll);
  slider.addEventListener('input', () => cursor.set(steps[Number(slider.value)]!));
  cursor.subscribe(showStep);
  return {
    element: element('div', {}, element('div', { class: 'row' }, element('h3', {}, 'Histograms'), select), note, plots),
    update(next) {
      run = next;
      const names = tensorNames(next);
      if (select.options.length !== names.length)
        select.replaceChildren(...names.map((name, index) => element('option', { value: index }, name)));
      select.hidden = names.length === 0;
      showAll();
    },
  };
}

const describeNone = (names: readonly string[]): string =>
  names.length === 0
    ? 'This run has no histograms: it was begun with a gan-dist that kept none.'
    : 'No histogram yet: the first one comes with the first step that is sampled.';
