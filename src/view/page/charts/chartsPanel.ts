/** The curves: losses, scores and divergence over the steps, with one window and one cursor for all. */
import type uPlot from 'uplot';
import { element, messageOf } from '../element.js';
import { count, describeStep } from '../facts/describe.js';
import { isBad } from '../facts/events.js';
import type { OpenRun, PageState, Panel } from '../panel.js';
import { onThemeChange } from '../theme.js';
import { createChart } from './chart.js';
import type { Window } from './chooseChunks.js';
import { type ChartDefinition, charts } from './definitions.js';
import { createLegend } from './legend.js';
import { type Curves, readCurves, stepsOf } from './readCurves.js';
import { smooth } from './smooth.js';
import { createTools } from './tools.js';
import { within, zoom } from './zoom.js';

export const chartsPanel: Panel = { id: 'charts', title: 'Losses and scores', mount };

function mount(body: HTMLElement, { runs: first, cursor }: PageState): { update(runs: readonly OpenRun[]): void } {
  let runs = first;
  /** undefined: all, also when there is more of it. */
  let chosen: Window | undefined;
  let curves: Curves | undefined;
  let loads = 0;
  const all = (): Window => ({ from: 0, to: Math.max(...runs.map(stepsOf), 2) - 1 });
  const window = () => chosen ?? all();
  const tools = createTools({
    onZoom: factor => setWindow(factor === undefined ? undefined : zoom(window(), factor, center(), all())),
    onSmooth: () => draw(),
  });
  const plots = charts.map(definition => {
    const legend = createLegend(definition, runs);
    const plot = element('div', { class: 'chart', role: 'img', 'aria-label': `${definition.title} over the steps` });
    const caption = element(
      'figcaption',
      {},
      element('h3', {}, definition.title),
      element('span', { class: 'muted' }, definition.about),
    );
    body.append(element('figure', { id: `chart-${definition.id}` }, caption, legend.element, plot));
    const chart = createChart(plot, {
      ...definition,
      lines: runs.flatMap((_, index) => definition.lines.map(({ colour }) => ({ colour, isDashed: index > 0 }))),
      onHover: cursor.set,
      onZoom: setWindow,
    });
    return { definition, legend, chart };
  });
  const note = element('p', { class: 'muted small' });
  body.prepend(tools.element);
  body.append(note);

  const center = () => {
    const { from, to } = window();
    return cursor.step >= from && cursor.step <= to ? cursor.step : (from + to) / 2;
  };

  function setWindow(next: Window | undefined): void {
    chosen = next && within(next, all());
    draw();
    void load();
  }

  /** Shows what is there; what comes too late, because another view was asked for meanwhile, is dropped. */
  async function load(): Promise<void> {
    const mine = ++loads;
    try {
      const read = await readCurves(runs, window());
      if (mine !== loads) return;
      curves = read;
      note.textContent =
        read.steps.length === 0 ? 'No step yet: the curves begin with the first commit.' : describeChunks(read);
    } catch (error) {
      if (mine === loads) note.textContent = messageOf(error);
    }
    draw();
  }

  function draw(): void {
    if (!curves) return;
    const span = tools.span(window());
    const marks = runs.flatMap(run => run.attributes.events.filter(isShown).map(toMark));
    for (const { definition, chart } of plots)
      chart.show({ window: window(), all: all(), marks }, toData(definition, curves, span));
    showCursor(cursor.step);
  }

  function showCursor(step: number): void {
    const place = curves ? nearest(curves.steps, step) : 0;
    for (const { chart, legend } of plots) {
      chart.setCursor(step);
      if (curves) legend.show(curves, place);
    }
    tools.tell(describeCursor(runs, step));
  }

  cursor.subscribe(showCursor);
  onThemeChange(() => {
    for (const { chart } of plots) chart.redraw();
  });
  const update = (next: readonly OpenRun[]) => {
    runs = next;
    if (chosen) chosen = within(chosen, all());
    body.classList.toggle(
      'empty',
      runs.every(run => stepsOf(run) === 0),
    );
    void load();
  };
  update(runs);
  return { update };
}

/** The first start is where every run begins. */
const isShown = (event: { kind: string; step: number }) => !(event.kind === 'started' && event.step === 0);
const toMark = (event: { kind: string; step: number }) => ({ step: event.step, isBad: isBad(event.kind) });

function toData({ lines }: ChartDefinition, { steps, runs }: Curves, span: number): uPlot.AlignedData {
  const series = runs.flatMap(columns =>
    lines.flatMap(({ column, of }) => {
      const values = of ? columns[column].map(of) : columns[column];
      return [values, smooth(steps, values, span)].map(withGaps);
    }),
  );
  return [steps, ...series] as unknown as uPlot.AlignedData;
}

/** uPlot leaves a gap for null. */
const withGaps = (values: Float64Array): (number | null)[] =>
  Array.from(values, value => (Number.isFinite(value) ? value : null));

/** The place of the step that is nearest, in rising steps. */
export function nearest(steps: Float64Array, step: number): number {
  let [low, high] = [0, steps.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle;
  }
  return low > 0 && step - steps[low - 1]! < steps[low]! - step ? low - 1 : low;
}

function describeCursor(runs: readonly OpenRun[], step: number): string {
  const events = runs.flatMap(run =>
    run.attributes.events.filter(isShown).filter((event: { step: number }) => event.step === step),
  );
  return [describeStep(runs[0]!, step), ...events.map(event => event.message)].join(' · ');
}

function describeChunks({ chunks }: Curves): string {
  if (chunks.read === chunks.all) return '';
  return `${count(chunks.read)} of ${count(chunks.all)} stretches of the view, evenly spaced: zoom in for every step.`;
}
