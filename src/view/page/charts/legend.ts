/** The names of a chart's lines, with their numbers at the cursor. */
import { element } from '../element.js';
import type { OpenRun } from '../panel.js';
import type { ChartDefinition, LineDefinition } from './definitions.js';
import type { Curves } from './readCurves.js';

export interface Legend {
  readonly element: HTMLElement;
  show(curves: Curves, place: number): void;
}

export function createLegend({ lines }: ChartDefinition, runs: readonly OpenRun[]): Legend {
  const entries = runs.flatMap((run, index) => lines.map(line => createEntry(run, index, line, runs.length > 1)));
  return {
    element: element('ul', { class: 'legend' }, ...entries.map(entry => entry.element)),
    show(curves, place) {
      for (const entry of entries) entry.show(curves, place);
    },
  };
}

function createEntry(run: OpenRun, index: number, line: LineDefinition, isNamed: boolean) {
  const value = element('b');
  const swatch = element('i', { class: index === 0 ? 'swatch' : 'swatch dashed' });
  swatch.style.color = `var(${line.colour})`;
  const name = isNamed ? `${run.name}: ${line.name}` : line.name;
  return {
    element: element('li', {}, swatch, element('span', {}, name), value),
    show(curves: Curves, place: number) {
      const number = curves.runs[index]?.[line.column][place];
      value.textContent =
        number === undefined || Number.isNaN(number) ? '–' : (line.of?.(number) ?? number).toFixed(4).replace('-', '−');
    },
  };
}
