/** How far it is, or what is wrong. */
import { element } from '../element.js';

export interface Status {
  readonly element: HTMLElement;
  /** @param part - how much is done, 0 to 1 */
  tell(text: string, part?: number): void;
  done(text: string): void;
  fail(text: string): void;
}

export function createStatus(): Status {
  const text = element('p', { role: 'status' });
  const bar = element('progress', { max: 1, 'aria-label': 'Progress', hidden: true });
  const say = (message: string, part?: number) => {
    // Told many times, and read out once.
    if (text.textContent !== message) text.textContent = message;
    text.className = '';
    bar.hidden = part === undefined;
    bar.value = part ?? 0;
  };
  return {
    element: element('div', { class: 'status' }, text, bar),
    tell: say,
    done: message => {
      say(message);
      text.className = message ? 'muted' : '';
    },
    fail: message => {
      say(message);
      text.className = 'note';
    },
  };
}
