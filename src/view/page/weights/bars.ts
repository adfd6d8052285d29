/** A tensor's histogram at one step: bars, and the same as a table. */
import { element } from '../element.js';
import { count } from '../facts/describe.js';
import { colour } from '../theme.js';
import { areaOf, createPlot } from './plot.js';
import type { Histogram } from './readHistograms.js';
import { ends, shown, summarize } from './spread.js';

export interface Bars {
  readonly element: HTMLElement;
  show(name: string, histogram: Histogram): void;
}

const height = 180;

export function createBars(): Bars {
  let histogram: Histogram | undefined;
  const text = element('p', { class: 'small numbers' });
  const pointed = element('output', { class: 'muted small', 'aria-live': 'off' });
  const table = element('table', { class: 'facts' });
  const details = element(
    'details',
    {},
    element('summary', {}, 'As a table'),
    element('div', { class: 'scroll short' }, table),
  );
  const plot = createPlot(height, (context, width) => histogram && draw(context, width, histogram));

  plot.element.addEventListener('pointermove', ({ offsetX }) => {
    const { x, width } = areaOf(plot.element.clientWidth, height);
    const index = Math.floor(((offsetX - x) / width) * histogram!.counts.length);
    pointed.textContent = histogram!.counts[index] === undefined ? '' : describeBin(histogram!, index);
  });
  plot.element.addEventListener('pointerleave', () => {
    pointed.textContent = '';
  });
  details.addEventListener('toggle', fill);

  function fill(): void {
    if (histogram && details.open) table.replaceChildren(...tableOf(histogram));
  }

  return {
    element: element('div', {}, text, plot.element, pointed, details),
    show(name, next) {
      histogram = next;
      const { total, mean, deviation } = summarize(next);
      text.textContent =
        `Step ${count(next.step)}: ${count(total)} ${total === 1 ? 'number' : 'numbers'} from ${shown(next.least)} to ${shown(next.most)}, ` +
        `mean ${shown(mean)}, standard deviation ${shown(deviation)} (of the bins’ middles).`;
      plot.element.setAttribute('aria-label', `Histogram of ${name}. ${text.textContent}`);
      pointed.textContent = '';
      plot.draw();
      fill();
    },
  };
}

const describeBin = (histogram: Histogram, index: number): string => {
  const [from, to] = ends(histogram, index);
  return `${shown(from)} to ${shown(to)}: ${count(histogram.counts[index]!)} numbers`;
};

function tableOf(histogram: Histogram): HTMLElement[] {
  const head = element('tr', {}, ...['From', 'To', 'Numbers'].map(name => element('th', { scope: 'col' }, name)));
  const rows = Array.from(histogram.counts, (value, index) => {
    const cells = [...ends(histogram, index).map(shown), count(value)];
    return element('tr', {}, ...cells.map(cell => element('td', {}, cell)));
  });
  return [element('thead', {}, head), element('tbody', {}, ...rows)];
}

function draw(context: CanvasRenderingContext2D, full: number, { counts, least, most }: Histogram): void {
  const { x, y, width, height: high } = areaOf(full, height);
  const largest = counts.reduce((a, b) => Math.max(a, b), 1);
  const bar = width / counts.length;
  context.fillStyle = colour('--accent');
  for (const [i, value] of counts.entries()) {
    const up = (value / largest) * high;
    // A count that is not 0 is seen.
    if (value > 0) context.fillRect(x + i * bar, y + high - Math.max(up, 1), Math.max(bar - 1, 1), Math.max(up, 1));
  }
  context.fillStyle = colour('--line');
  context.fillRect(x, y + high, width, 1);
  context.fillStyle = colour('--muted');
  context.textAlign = 'right';
  context.textBaseline = 'top';
  context.fillText(count(largest), x - 6, y);
  context.textBaseline = 'bottom';
  context.fillText('0', x - 6, y + high + 6);
  context.fillText(shown(most), x + width, y + high + 20);
  context.textAlign = 'left';
  context.fillText(shown(least), x, y + high + 20);
  if (least < 0 && most > 0) {
    const zero = x + (width * -least) / (most - least);
    context.textAlign = 'center';
    if (zero - x > 60 && x + width - zero > 60) context.fillText('0', zero, y + high + 20);
  }
}
