/** The convolutions that touch the picture itself: D's first and G's last, a picture for each filter. */

import { element, messageOf } from '../element.js';
import { findDiscriminator, type GeneratorChoice, listGenerators, tensorsOf } from '../generate/choices.js';
import { paint } from '../paint.js';
import type { OpenRun } from '../panel.js';
import { findImageKernels, type ImageKernel } from './imageKernels.js';
import { splitFilters } from './splitFilters.js';
import { shown } from './spread.js';

export interface Filters {
  readonly element: HTMLElement;
  update(run: OpenRun): void;
}

export function createFilters(): Filters {
  const select = element('select', { 'aria-label': 'Filters of' });
  const pictures = element('div', { class: 'pictures' });
  const note = element('p', { class: 'muted small', role: 'status' });
  let run: OpenRun | undefined;
  let shownOf = '';

  async function show(): Promise<void> {
    const choice = listGenerators(run!).find(({ path }) => path === select.value);
    const key = `${run!.url} ${choice?.path}`;
    if (key === shownOf) return;
    shownOf = key;
    const kernels = findImageKernels(run!);
    note.textContent = describeNone(kernels, choice);
    try {
      const figures = choice ? await Promise.all(kernels.map(kernel => readFigure(run!, choice, kernel))) : [];
      if (key !== shownOf) return;
      pictures.replaceChildren(...figures.filter(figure => figure !== undefined));
      if (choice && figures.includes(undefined)) note.textContent = `${choice.label} has no discriminator beside it.`;
    } catch (error) {
      if (key !== shownOf) return;
      pictures.replaceChildren();
      note.textContent = messageOf(error);
    }
  }

  select.addEventListener('change', () => void show());
  return {
    element: element('div', {}, element('div', { class: 'row' }, element('h3', {}, 'Filters'), select), note, pictures),
    update(next) {
      run = next;
      const chosen = select.value;
      const choices = listGenerators(run);
      select.replaceChildren(...choices.map(({ path, label }) => element('option', { value: path }, label)));
      if (choices.some(({ path }) => path === chosen)) select.value = chosen;
      select.hidden = choices.length === 0;
      void show();
    },
  };
}

function describeNone(kernels: readonly ImageKernel[], choice: GeneratorChoice | undefined): string {
  if (kernels.length === 0)
    return 'No convolution of this model takes an image or gives one: there are no filters to show.';
  return choice ? '' : 'No checkpoint yet: the filters come with the first one.';
}

async function readFigure(
  run: OpenRun,
  choice: GeneratorChoice,
  { network, name, filtersAxis, title }: ImageKernel,
): Promise<HTMLElement | undefined> {
  const beside = network === 'discriminator' ? findDiscriminator(run, choice) : choice.path;
  if (!beside) return undefined;
  const place = network === 'discriminator' ? { kind: 'checkpoint' as const, path: beside } : choice;
  const [, path] = tensorsOf(run, place, network).find(([each]) => each === name)!;
  const { shape, data } = await run.readArray(path);
  const { pictures, largest } = splitFilters(data as Float32Array, shape, filtersAxis);
  const canvases = pictures.map(picture => {
    const canvas = element('canvas');
    paint(canvas, picture);
    return canvas;
  });
  const all = element(
    'div',
    { class: 'filters', role: 'img', 'aria-label': `The ${pictures.length} filters of ${name}` },
    ...canvases,
  );
  const [full, none] = pictures[0]?.channels === 3 ? ['full colour', 'none'] : ['white', 'black'];
  const scale = `${name}: grey is 0, ${full} ${shown(largest)}, ${none} ${shown(-largest)}.`;
  return element(
    'figure',
    {},
    all,
    element('figcaption', { class: 'small' }, title, element('br'), element('span', { class: 'muted' }, scale)),
  );
}
