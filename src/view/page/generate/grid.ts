/** The digits as buttons, one stop of the tab key; arrow keys go from one to the next. */
import { element } from '../element.js';
import { paint } from '../paint.js';
import { type Digits, scoreOf, shownScore } from './digits.js';
import { imageAt } from './picture.js';

export interface Grid {
  readonly element: HTMLElement;
  show(digits: Digits): void;
  /** @param picks - the digit chosen before and the one chosen last, by their index */
  mark(picks: readonly [number, number]): void;
}

export function createGrid(onPick: (index: number) => void): Grid {
  const grid = element('div', { class: 'digits', role: 'group', 'aria-label': 'Digits' });
  let buttons: HTMLButtonElement[] = [];

  const focus = (index: number) => {
    const next = buttons[Math.min(Math.max(index, 0), buttons.length - 1)]!;
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    return next;
  };
  grid.addEventListener('keydown', event => {
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const columns = getComputedStyle(grid).gridTemplateColumns.split(' ').length;
    const moves: Record<string, number> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - columns,
      ArrowDown: at + columns,
      Home: 0,
      End: buttons.length - 1,
    };
    const next = moves[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    if (next >= 0 && next < buttons.length) focus(next).focus();
  });

  return {
    element: grid,
    show(digits) {
      const hadFocus = grid.contains(document.activeElement);
      buttons = digits.places.map((_, index) => createDigit(digits, index, () => onPick(index)));
      grid.replaceChildren(...buttons);
      const first = focus(0);
      if (hadFocus) first.focus();
    },
    mark([from, to]) {
      for (const [index, button] of buttons.entries()) {
        button.setAttribute('aria-pressed', String(index === from || index === to));
        button.dataset.pick = [index === from ? 'A' : '', index === to ? 'B' : ''].join('');
      }
      focus(to);
    },
  };
}

function createDigit({ pixels, shape, logits, places }: Digits, index: number, onClick: () => void): HTMLButtonElement {
  const canvas = element('canvas', { 'aria-hidden': true });
  paint(canvas, imageAt(pixels, shape, index));
  const score = logits && scoreOf(logits[index]!);
  const button = element(
    'button',
    {
      type: 'button',
      class: 'digit',
      'aria-label': `Digit ${places[index]! + 1}${score === undefined ? '' : `, D ${score.toFixed(2)}`}`,
      'data-place': places[index],
      'data-score': score,
      title: score === undefined ? undefined : `D = ${score.toFixed(4)}`,
    },
    canvas,
    element('span', { 'aria-hidden': true }, shownScore(logits, index)),
  );
  button.addEventListener('click', onClick);
  return button;
}
