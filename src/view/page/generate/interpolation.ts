/** The way from one digit's noise to another's. */
import { element } from '../element.js';
import { paint } from '../paint.js';
import { type Digits, noiseAt, shownScore } from './digits.js';
import { latestOnly } from './latest.js';
import { imageAt, inRow } from './picture.js';
import type { GeneratorSession } from './session.js';
import { between, slerp } from './slerp.js';
import type { DigitView } from './sliders.js';

const inStrip = 9;
const steps = 100;

export function createInterpolation(session: GeneratorSession, onError: (error: unknown) => void): DigitView {
  const canvas = element('canvas', { class: 'large', role: 'img', 'aria-label': 'The digit between A and B' });
  const score = element('output', { class: 'readout', 'aria-live': 'off' });
  const strip = element('canvas', { class: 'strip', role: 'img', 'aria-label': `${inStrip} digits from A to B` });
  const slider = element('input', {
    type: 'range',
    class: 'scrubber',
    min: 0,
    max: steps,
    value: steps / 2,
    'aria-label': 'From A to B',
  });
  const drawStrip = latestOnly(onError);
  const drawOne = latestOnly(onError);
  let ends: [Float32Array, Float32Array] | undefined;
  let isScored = false;

  const tell = () => slider.setAttribute('aria-valuetext', `${slider.value} % of the way`);
  const move = () => {
    tell();
    drawOne(async () => {
      const t = Number(slider.value) / steps;
      const drawn = await session.draw(slerp(...ends!, t), isScored);
      paint(canvas, imageAt(drawn.pixels, session.imageShape, 0));
      canvas.dataset.at = String(t);
      score.textContent = drawn.logits ? `D = ${shownScore(drawn.logits)}` : '';
    });
  };

  slider.addEventListener('input', move);
  strip.addEventListener('click', ({ offsetX }) => {
    const image = Math.min(Math.floor((offsetX / strip.clientWidth) * inStrip), inStrip - 1);
    slider.value = String((image / (inStrip - 1)) * steps);
    move();
  });
  return {
    element: element(
      'section',
      { class: 'walk', 'aria-label': 'From digit A to digit B' },
      element('h3', {}, 'From digit A to digit B'),
      element(
        'div',
        { class: 'beside' },
        element('div', {}, canvas, score),
        element(
          'div',
          {},
          strip,
          slider,
          element('p', { class: 'muted small' }, 'Along an arc (spherical interpolation) between the two noises.'),
        ),
      ),
    ),
    show(digits: Digits, [from, to]) {
      ends = [noiseAt(digits, from), noiseAt(digits, to)];
      isScored = digits.logits !== undefined;
      drawStrip(async () => {
        const { pixels } = await session.draw(between(...ends!, inStrip), false);
        paint(strip, inRow(pixels, session.imageShape));
        strip.dataset.picks = `${from} ${to}`;
      });
      move();
    },
  };
}
