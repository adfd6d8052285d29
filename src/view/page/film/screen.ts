/** One film on the page: a canvas that shows the frame asked for last. */
import { element, messageOf } from '../element.js';
import { count } from '../facts/describe.js';
import { paint } from '../paint.js';
import type { OpenRun } from '../panel.js';
import { type Film, readFrame } from './readFrame.js';

export interface Screen {
  readonly element: HTMLElement;
  /** @returns when the frame is shown, or another one is asked for */
  show(run: OpenRun, index: number, step: number): Promise<void>;
}

const about: Readonly<Record<Film, string>> = {
  fixed: 'The same 64 noises every time',
  grid: 'The step’s whole batch',
};

export function createScreen(film: Film, runName: string | undefined): Screen {
  const canvas = element('canvas', {
    role: 'img',
    class: 'screen',
    'aria-label': about[film],
    width: 224,
    height: 224,
  });
  const problem = element('p', { class: 'note small', hidden: true });
  const caption = [...(runName === undefined ? [] : [runName]), about[film]].join(': ');
  let asked = 0;
  return {
    element: element(
      'figure',
      { class: `film-${film}` },
      canvas,
      element('figcaption', { class: 'muted small' }, caption),
      problem,
    ),
    async show(run, index, step) {
      const mine = ++asked;
      try {
        const frame = await readFrame(run, film, index);
        if (mine !== asked) return;
        problem.hidden = true;
        paint(canvas, frame);
        canvas.dataset.step = String(step);
        canvas.setAttribute('aria-label', `${caption}, generated digits at step ${count(step)}`);
      } catch (error) {
        if (mine !== asked) return;
        problem.hidden = false;
        problem.textContent = messageOf(error);
      }
    },
  };
}
