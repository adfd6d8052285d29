/** A digit, and what becomes of it along directions of its noise. */
import { element } from '../element.js';
import { paint } from '../paint.js';
import { type Digits, noiseAt, shownScore } from './digits.js';
import { type Direction, principalDirections, randomDirections, walk } from './directions.js';
import { latestOnly } from './latest.js';
import { imageAt } from './picture.js';
import type { GeneratorSession } from './session.js';

const shown = 6;
/** As far as a noise is long, which is some 5.8 where it has 100 numbers. */
const farthest = (latentSize: number): number => Math.ceil(Math.sqrt(latentSize / 3));

export interface DigitView {
  readonly element: HTMLElement;
  show(digits: Digits, picks: readonly [number, number]): void;
}

export function createSliders(session: GeneratorSession, onError: (error: unknown) => void): DigitView {
  const canvas = element('canvas', { class: 'large', role: 'img', 'aria-label': 'The digit that the sliders change' });
  const score = element('output', { class: 'readout', 'aria-live': 'off' });
  const principal = element('option', { value: 'principal' }, 'Principal directions');
  const kind = element(
    'select',
    { 'aria-label': 'Directions' },
    principal,
    element('option', { value: 'random' }, 'Random directions'),
  );
  const another = element('button', { type: 'button', class: 'button' }, 'Others');
  const reset = element('button', { type: 'button', class: 'button' }, 'Reset');
  const explanation = element('p', { class: 'muted small' });
  const list = element('div', { class: 'sliders' });
  const later = latestOnly(onError);
  let digits: Digits | undefined;
  let index = 0;
  let seed = 0;
  let directions: Direction[] = [];
  let amounts: number[] = [];

  const draw = () =>
    later(async () => {
      const { logits } = digits!;
      const moved = amounts.reduce((sum, amount) => sum + Math.abs(amount), 0);
      const drawn = await session.draw(walk(noiseAt(digits!, index), directions, amounts), logits !== undefined);
      paint(canvas, imageAt(drawn.pixels, session.imageShape, 0));
      canvas.dataset.moved = String(moved);
      score.textContent = drawn.logits ? `D = ${shownScore(drawn.logits)}` : '';
    });

  function choose(): void {
    const { firstLayer, latentSize } = session;
    principal.disabled = firstLayer === undefined;
    if (!firstLayer) kind.value = 'random';
    const kernel = kind.value === 'principal' ? firstLayer?.kernel : undefined;
    directions = kernel ? principalDirections(kernel, latentSize, shown) : randomDirections(seed, latentSize, shown);
    explanation.textContent = kernel
      ? `The directions of the noise that the first layer (${firstLayer!.name}) amplifies most; × is by how much.`
      : 'Directions at right angles to each other, drawn at random.';
    another.hidden = kernel !== undefined;
    start();
  }

  function start(): void {
    amounts = directions.map(() => 0);
    const most = farthest(session.latentSize);
    list.replaceChildren(...directions.map(({ name }, i) => createSlider(name, most, amount => move(i, amount))));
    draw();
  }

  function move(i: number, amount: number): void {
    amounts[i] = amount;
    draw();
  }

  kind.addEventListener('change', choose);
  another.addEventListener('click', () => {
    seed++;
    choose();
  });
  reset.addEventListener('click', start);
  const tools = element('div', { class: 'row' }, kind, another, reset);
  return {
    element: element(
      'section',
      { class: 'walk', 'aria-label': 'Digit B along directions' },
      element('h3', {}, 'Change digit B'),
      element(
        'div',
        { class: 'beside' },
        element('div', {}, canvas, score),
        element('div', {}, tools, explanation, list),
      ),
    ),
    show(next, picks) {
      digits = next;
      index = picks[1];
      choose();
    },
  };
}

function createSlider(name: string, most: number, onMove: (amount: number) => void): HTMLElement {
  const input = element('input', { type: 'range', min: -most, max: most, step: 0.1, value: 0 });
  const value = element('output', { class: 'muted' }, '0.0');
  input.addEventListener('input', () => {
    value.textContent = Number(input.value).toFixed(1).replace('-', '−');
    onMove(Number(input.value));
  });
  return element('label', {}, element('span', {}, name), input, value);
}
