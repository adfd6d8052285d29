/**
 * Digits that the page itself draws, with the generator of any checkpoint or epoch. The rest of it
 * is loaded when they are asked for.
 */
import { arrangeGrid } from '../../../pictures/pixels.js';
import { element, messageOf } from '../element.js';
import type { OpenRun, PageState, Panel } from '../panel.js';
import { findDiscriminator } from './choices.js';
import { type Digits, drawDigits, drawnFor, sortByScore } from './digits.js';
import { createForm, type Wish } from './form.js';
import { createGrid } from './grid.js';
import { createInterpolation } from './interpolation.js';
import { latestOnly } from './latest.js';
import { download } from './picture.js';
import { GeneratorSession } from './session.js';
import { createSliders } from './sliders.js';
import { createStatus } from './status.js';

export const generatePanel: Panel = { id: 'generate', title: 'Generate', mount };

function mount(body: HTMLElement, { runs }: PageState): { update(runs: readonly OpenRun[]): void } {
  const session = new GeneratorSession();
  const status = createStatus();
  const fail = (error: unknown) => status.fail(messageOf(error));
  const later = latestOnly(fail);
  const views = [createSliders(session, fail), createInterpolation(session, fail)];
  const grid = createGrid(pick);
  const form = createForm(runs, () => shown && later(draw));
  const start = element('button', { type: 'button', class: 'button primary' }, 'Draw digits');
  const save = element('button', { type: 'button', class: 'button' }, 'Download PNG');
  const results = element(
    'div',
    { class: 'results', hidden: true },
    element(
      'div',
      {},
      grid.element,
      element(
        'p',
        { class: 'muted small' },
        'The digit that you choose becomes B, and the one that you chose before, A. Below a digit: D’s score, the probability that it is real.',
      ),
    ),
    element('div', {}, ...views.map(view => view.element)),
  );
  let shown: { wish: Wish; digits: Digits } | undefined;
  let draws = 0;
  let picks: [number, number] = [0, 1];

  /** The digits are there before D is loaded: with scores, if there are any, they are drawn again. */
  async function draw(): Promise<void> {
    const wish = form.read();
    const { run, choice, order } = wish;
    await session.load(run, choice, 'generator', status.tell);
    const hasScores = findDiscriminator(run, choice) !== undefined;
    const isSoon = hasScores && (order !== 'drawn' || session.hasDiscriminator(run, choice));
    if (!isSoon) show(wish, await drawAll(wish, false));
    if (hasScores) await drawScored(wish);
    results.dataset.drawn = String(++draws);
    status.done(
      hasScores ? '' : `${choice.label} has no discriminator beside it, so there are no scores, and no order by them.`,
    );
  }

  async function drawScored(wish: Wish): Promise<void> {
    await session.loadDiscriminator(wish.run, wish.choice, status.tell);
    const digits = await drawAll(wish, true);
    show(wish, wish.order === 'drawn' ? digits : sortByScore(digits, wish.count));
  }

  function drawAll({ seed, count, order }: Wish, isScored: boolean): Promise<Digits> {
    const drawn = isScored ? drawnFor(order, count) : count;
    return drawDigits(session, seed, drawn, isScored, done => status.tell(`Drawing ${drawn} digits …`, done / drawn));
  }

  function show(wish: Wish, digits: Digits): void {
    const isSame = shown && shown.digits.places.join() === digits.places.join();
    shown = { wish, digits };
    results.hidden = false;
    save.hidden = false;
    if (!isSame) picks = [0, 1];
    grid.show(digits);
    showPicks();
  }

  function pick(index: number): void {
    picks = [picks[1], index];
    showPicks();
  }

  function showPicks(): void {
    grid.mark(picks);
    for (const view of views) view.show(shown!.digits, picks);
  }

  start.addEventListener('click', () => later(draw));
  save.hidden = true;
  save.addEventListener('click', () => {
    const { wish, digits } = shown!;
    const name = `${wish.run.name}-${wish.choice.step}-seed-${wish.seed}.png`;
    download(arrangeGrid(digits.pixels, digits.shape), name).catch(fail);
  });
  form.element.append(element('div', { class: 'row' }, start, save));
  body.append(form.element, status.element, results);
  return { update: form.update };
}
