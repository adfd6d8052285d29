/** The film's controls: scrubber, play, speed and keys. */
import { element } from '../element.js';

export interface Controls {
  readonly element: HTMLElement;
  /** Hears keys in `group`, and arrows wherever nothing else takes them. */
  listen(group: HTMLElement): void;
  /** Shows where the film is. */
  tell(place: number, frames: number, text: string): void;
}

interface ControlsOptions {
  show(place: number): void;
  /** Shows it; ends when it is on the screen. */
  ready(place: number): Promise<void>;
  /** The last place. */
  last(): number;
}

const speeds = [2, 5, 10, 25];

export function createControls({ show, ready, last }: ControlsOptions): Controls {
  let place = 0;
  let isPlaying = false;
  const scrubber = element('input', {
    type: 'range',
    class: 'scrubber',
    min: 0,
    max: 0,
    value: 0,
    'aria-label': 'Step of the film',
  });
  const play = element('button', { type: 'button', class: 'button primary play' }, 'Play');
  const speed = element(
    'select',
    { 'aria-label': 'Pictures a second' },
    ...speeds.map(each => element('option', { value: each, selected: each === 5 }, `${each}/s`)),
  );
  const readout = element('output', { class: 'readout', 'aria-live': 'off' });

  const go = (next: number) => show(Math.min(Math.max(next, 0), last()));
  const stop = () => {
    isPlaying = false;
    play.textContent = 'Play';
  };
  async function start(): Promise<void> {
    isPlaying = true;
    play.textContent = 'Pause';
    if (place >= last()) go(0);
    while (isPlaying && place < last()) {
      const next = place + 1;
      await sleep(1000 / Number(speed.value));
      if (!isPlaying) return;
      go(next);
      await ready(next);
    }
    stop();
  }
  const toggle = () => (isPlaying ? stop() : void start());

  play.addEventListener('click', toggle);
  scrubber.addEventListener('input', () => {
    stop();
    go(Number(scrubber.value));
  });
  const moves: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => go(place - 1),
    ArrowRight: () => go(place + 1),
    Home: () => go(0),
    End: () => go(last()),
  };
  const press = (event: KeyboardEvent, keys: readonly string[]) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !keys.includes(event.key)) return;
    event.preventDefault();
    if (event.key === ' ') return toggle();
    stop();
    moves[event.key]!();
  };
  return {
    element: element(
      'div',
      { class: 'controls' },
      scrubber,
      element('div', { class: 'row spread' }, readout, element('div', { class: 'row' }, speed, play)),
    ),
    listen(group) {
      group.addEventListener('keydown', event => {
        if (event.target === play || event.target === speed) return;
        press(event, [...Object.keys(moves), ' ']);
      });
      document.addEventListener('keydown', event => {
        if (event.target === document.body) press(event, ['ArrowLeft', 'ArrowRight']);
      });
    },
    tell(next, frames, text) {
      place = next;
      scrubber.max = String(frames - 1);
      scrubber.value = String(next);
      scrubber.setAttribute('aria-valuetext', text);
      readout.textContent = text;
    },
  };
}

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
