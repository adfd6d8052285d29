/** A chart with its title and legend. */
import { element } from '../element.js';
import type { OpenRun } from '../panel.js';
import { type ChartOptions, type ChartState, createChart } from './chart.js';
import type { ChartDefinition } from './definitions.js';
import { createLegend } from './legend.js';
import { toPlotData } from './plotData.js';
import type { Curves } from './readCurves.js';

export interface Figure {
  show(state: ChartState, curves: Curves, span: number): void;
  /** @param place - of the step in the curves */
  setCursor(step: number, curves: Curves, place: number): void;
  redraw(): void;
}

export function createFigure(
  parent: HTMLElement,
  definition: ChartDefinition,
  runs: readonly OpenRun[],
  listeners: Pick<ChartOptions, 'onHover' | 'onZoom'>,
): Figure {
  const { id, title, about, lines } = definition;
  const legend = createLegend(definition, runs);
  const plot = element('div', { class: 'chart', role: 'img', 'aria-label': `${title} over the steps` });
  const caption = element('figcaption', {}, element('h3', {}, title), element('span', { class: 'muted' }, about));
  parent.append(element('figure', { id: `chart-${id}` }, caption, legend.element, plot));
  const chart = createChart(plot, {
    ...definition,
    ...listeners,
    lines: runs.flatMap((_, index) => lines.map(({ colour }) => ({ colour, isDashed: index > 0 }))),
  });
  return {
    show: (state, curves, span) => chart.show(state, toPlotData(definition, curves, span)),
    setCursor(step, curves, place) {
      chart.setCursor(step);
      legend.show(curves, place);
    },
    redraw: chart.redraw,
  };
}
