/** How a tensor's numbers spread over training: a column a step, darker where more numbers are. */
import { count } from '../facts/describe.js';
import { colour } from '../theme.js';
import { type Area, areaOf, createPlot } from './plot.js';
import type { Histogram } from './readHistograms.js';
import { rebin, shown } from './spread.js';

export interface Heat {
  readonly element: HTMLElement;
  show(name: string, histograms: readonly Histogram[]): void;
  mark(step: number): void;
}

/** A cell is two pixels high: edges on whole pixels leave no seams. */
const cell = 2;
const height = 240;

/** @param onStep - hears of the step that is pointed at */
export function createHeat(onStep: (step: number) => void): Heat {
  let histograms: readonly Histogram[] = [];
  let step = 0;
  const plot = createPlot(height, (context, width) => {
    if (histograms.length > 0) draw(context, areaOf(width, height), histograms, step);
  });
  const point = ({ offsetX, buttons }: PointerEvent) => {
    if (buttons === 0 || histograms.length === 0) return;
    const { x, width } = areaOf(plot.element.clientWidth, height);
    const [from, to] = stepsOf(histograms);
    onStep(Math.round(from + Math.min(Math.max((offsetX - x) / width, 0), 1) * (to - from)));
  };
  plot.element.addEventListener('pointerdown', point);
  plot.element.addEventListener('pointermove', point);
  return {
    element: plot.element,
    show(name, next) {
      histograms = next;
      const [low, high] = rangeOf(next);
      const [from, to] = stepsOf(next);
      plot.element.setAttribute(
        'aria-label',
        `The numbers of ${name} over steps ${count(from)} to ${count(to)}: from ${shown(low)} to ${shown(high)}`,
      );
      plot.draw();
    },
    mark(next) {
      step = next;
      plot.draw();
    },
  };
}

const stepsOf = (histograms: readonly Histogram[]): [number, number] => [histograms[0]!.step, histograms.at(-1)!.step];

/** Some room is left where a tensor has one value only. */
function rangeOf(histograms: readonly Histogram[]): [low: number, high: number] {
  const low = Math.min(...histograms.map(({ least }) => least));
  const high = Math.max(...histograms.map(({ most }) => most));
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

function draw(context: CanvasRenderingContext2D, area: Area, histograms: readonly Histogram[], step: number): void {
  const [low, high] = rangeOf(histograms);
  const [from, to] = stepsOf(histograms);
  const across = (at: number) => area.x + ((at - from) / (to - from || 1)) * area.width;
  const cells = Math.round(area.height / cell);
  context.fillStyle = colour('--accent');
  for (const [i, histogram] of histograms.entries()) {
    const [left, right] = [edge(i), edge(i + 1)];
    const spread = rebin(histogram, low, high, cells);
    const most = spread.reduce((a, b) => Math.max(a, b));
    for (const [k, value] of spread.entries()) {
      if (value === 0) continue;
      // The root lets the thin ends of the spread be seen.
      context.globalAlpha = Math.sqrt(value / most);
      context.fillRect(left, area.y + area.height - (k + 1) * cell, right - left, cell);
    }
  }
  context.globalAlpha = 1;
  drawAxes();

  /** Half way between two steps. */
  function edge(i: number): number {
    if (i === 0) return area.x;
    if (i === histograms.length) return area.x + area.width;
    return Math.round(across((histograms[i - 1]!.step + histograms[i]!.step) / 2));
  }

  function drawAxes(): void {
    context.strokeStyle = colour('--line');
    context.strokeRect(area.x + 0.5, area.y + 0.5, area.width - 1, area.height - 1);
    context.fillStyle = colour('--muted');
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    const up = (value: number) => area.y + area.height * (1 - (value - low) / (high - low));
    const zero = low < 0 && high > 0 && up(0) - area.y > 16 && area.y + area.height - up(0) > 16 ? [0] : [];
    for (const value of [low, ...zero, high])
      context.fillText(shown(value), area.x - 6, Math.min(Math.max(up(value), area.y + 6), area.y + area.height - 6));
    context.textBaseline = 'bottom';
    context.textAlign = 'left';
    context.fillText(`step ${count(from)}`, area.x, area.y + area.height + 20);
    context.textAlign = 'right';
    if (to > from) context.fillText(count(to), area.x + area.width, area.y + area.height + 20);
    context.fillStyle = colour('--text');
    context.fillRect(Math.min(Math.max(across(step), area.x), area.x + area.width - 1), area.y, 1, area.height);
  }
}
