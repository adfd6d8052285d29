/** One chart: uPlot with our colours, marks, cursor and zoom. */
import uPlot from 'uplot';
import { element } from '../element.js';
import { count } from '../facts/describe.js';
import { colour } from '../theme.js';
import type { Window } from './chooseChunks.js';
import { drawMarks, type Level, type Mark } from './marks.js';
import { zoom } from './zoom.js';

export interface LineStyle {
  readonly colour: string;
  /** Of the second run. */
  readonly isDashed: boolean;
}

export interface ChartOptions {
  /** Each is drawn twice: thin as it is, and smoothed. */
  readonly lines: readonly LineStyle[];
  /** Lines at these values, named. */
  readonly levels: readonly Level[];
  /** What the y axis must show, if not just the numbers. */
  readonly least?: number;
  readonly most?: number;
  onHover(step: number): void;
  /** undefined: all */
  onZoom(window: Window | undefined): void;
}

export interface ChartState {
  readonly window: Window;
  readonly all: Window;
  readonly marks: readonly Mark[];
}

export interface Chart {
  show(state: ChartState, data: uPlot.AlignedData): void;
  setCursor(step: number): void;
  redraw(): void;
}

const height = 220;
const font = '12px system-ui, sans-serif';

export function createChart(container: HTMLElement, options: ChartOptions): Chart {
  let state: ChartState = { window: { from: 0, to: 1 }, all: { from: 0, to: 1 }, marks: [] };
  let step = 0;
  const cursorLine = element('div', { class: 'cursor-line' });
  const plot = new uPlot(
    {
      width: Math.max(container.clientWidth, 100),
      height,
      padding: [10, 6, 0, 0],
      legend: { show: false },
      cursor: {
        x: false,
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 5 },
        bind: {
          dblclick: () => () => {
            options.onZoom(undefined);
            return null;
          },
        },
      },
      scales: {
        x: { time: false, range: () => [state.window.from, state.window.to] },
        y: { range: (_, least, most) => rangeOf(least, most, options) },
      },
      axes: [axis({ size: 30, space: 80 }), axis({ size: 46, space: 36 })],
      series: [{}, ...options.lines.flatMap(seriesOf)],
      hooks: {
        drawAxes: [u => drawMarks(u, state.marks, options.levels)],
        draw: [() => placeCursor()],
        setSelect: [u => takeSelection(u, options)],
      },
    },
    [[], ...options.lines.flatMap(() => [[], []])] as unknown as uPlot.AlignedData,
    container,
  );
  plot.over.append(cursorLine);

  function placeCursor(): void {
    const left = plot.valToPos(step, 'x');
    const isSeen = left >= 0 && left <= plot.over.clientWidth;
    cursorLine.hidden = !isSeen;
    cursorLine.style.transform = `translateX(${left}px)`;
  }

  listen(plot, options, () => state);
  new ResizeObserver(() => plot.setSize({ width: Math.max(container.clientWidth, 100), height })).observe(container);
  return {
    show(next, data) {
      state = next;
      plot.setData(data);
    },
    setCursor(next) {
      step = next;
      placeCursor();
    },
    redraw: () => plot.redraw(false, true),
  };
}

function listen(plot: uPlot, options: ChartOptions, state: () => ChartState): void {
  const stepAt = (event: MouseEvent) => plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, 'x');
  const hover = (event: PointerEvent) => {
    const { from, to } = state().window;
    options.onHover(Math.round(Math.min(Math.max(stepAt(event), from), to)));
  };
  plot.over.addEventListener('pointermove', event => event.buttons === 0 && hover(event));
  plot.over.addEventListener('pointerdown', hover);
  plot.over.addEventListener(
    'wheel',
    event => {
      const { window, all } = state();
      const factor = Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300)));
      const next = zoom(window, factor, stepAt(event), all);
      // Who scrolls down past a chart that shows everything goes on scrolling the page.
      if (!next && window.from === all.from && window.to === all.to) return;
      event.preventDefault();
      options.onZoom(next);
    },
    { passive: false },
  );
}

function takeSelection(plot: uPlot, { onZoom }: ChartOptions): void {
  const { left, width } = plot.select;
  if (width < 5) return;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onZoom({ from: plot.posToVal(left, 'x'), to: plot.posToVal(left + width, 'x') });
}

function rangeOf(least: number | null, most: number | null, options: ChartOptions): [number, number] {
  const low = Math.min(least ?? 0, options.least ?? Number.POSITIVE_INFINITY);
  const high = Math.max(most ?? 1, options.most ?? Number.NEGATIVE_INFINITY);
  const margin = (high - low || 1) * 0.04;
  return [low === options.least ? low : low - margin, high === options.most ? high : high + margin];
}

const axis = (more: uPlot.Axis): uPlot.Axis => ({
  stroke: () => colour('--muted'),
  grid: { stroke: () => colour('--line'), width: 1 },
  ticks: { show: false },
  font,
  gap: 8,
  values: (_, splits) =>
    splits.map(value => (Number.isInteger(value) ? count(value) : String(Number(value.toFixed(4)))).replace('-', '−')),
  ...more,
});

function seriesOf({ colour: name, isDashed }: LineStyle): uPlot.Series[] {
  const line: uPlot.Series = { stroke: () => colour(name), spanGaps: false };
  const points = (width: number): uPlot.Series.Points => ({ show: u => u.data[0].length < 30, size: 4 + width });
  return [
    { ...line, width: 1, alpha: 0.28, points: points(0) },
    { ...line, width: 2, ...(isDashed && { dash: [7, 4] }), points: points(1) },
  ];
}
