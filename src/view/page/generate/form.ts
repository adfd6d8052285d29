/** What is to be drawn. */
import { element } from '../element.js';
import type { OpenRun } from '../panel.js';
import { type GeneratorChoice, listGenerators } from './choices.js';
import type { Order } from './digits.js';

export interface Wish {
  readonly run: OpenRun;
  readonly choice: GeneratorChoice;
  readonly seed: number;
  readonly count: number;
  readonly order: Order;
}

export interface Form {
  readonly element: HTMLElement;
  /** @throws Error that says what is wrong with it */
  read(): Wish;
  update(runs: readonly OpenRun[]): void;
  setOrder(order: Order): void;
}

const counts = [16, 32, 64, 128];
const orders: Readonly<Record<Order, string>> = {
  drawn: 'as drawn',
  scored: 'by D’s score',
  nice: 'the best of 20 times as many',
};

/** @param onChange - hears of each change, but for that of the seed, which a button draws */
export function createForm(first: readonly OpenRun[], onChange: () => void): Form {
  let runs = first;
  const run = element('select');
  const generator = element('select');
  const seed = element('input', { type: 'number', min: 0, max: Number.MAX_SAFE_INTEGER, step: 1, value: 0 });
  const count = element(
    'select',
    {},
    ...counts.map(each => element('option', { value: each, selected: each === 64 }, String(each))),
  );
  const order = element(
    'select',
    {},
    ...Object.entries(orders).map(([value, text]) => element('option', { value }, text)),
  );
  const runField = field('Run', run);

  const chosenRun = () => runs[Number(run.value)] ?? runs[0]!;
  const showGenerators = () => {
    const chosen = generator.value;
    const choices = listGenerators(chosenRun());
    const groups = { checkpoint: 'Checkpoints, float32', epoch: 'Epochs, float16' };
    generator.replaceChildren(
      ...(['checkpoint', 'epoch'] as const).flatMap(kind => {
        const options = choices
          .filter(choice => choice.kind === kind)
          .map(choice => element('option', { value: choice.path }, choice.label));
        return options.length > 0 ? [element('optgroup', { label: groups[kind] }, ...options)] : [];
      }),
    );
    if (choices.some(({ path }) => path === chosen)) generator.value = chosen;
  };
  const update = (next: readonly OpenRun[]) => {
    runs = next;
    const chosen = run.value;
    run.replaceChildren(...runs.map(({ name }, index) => element('option', { value: index }, name)));
    if (chosen && Number(chosen) < runs.length) run.value = chosen;
    runField.hidden = runs.length < 2;
    showGenerators();
  };

  run.addEventListener('change', () => {
    showGenerators();
    onChange();
  });
  for (const control of [generator, count, order]) control.addEventListener('change', onChange);
  update(first);
  return {
    element: element(
      'div',
      { class: 'fields' },
      runField,
      field('Generator', generator),
      field('Seed', seed),
      field('Digits', count),
      field('Order', order),
    ),
    read() {
      const choice = listGenerators(chosenRun()).find(({ path }) => path === generator.value);
      if (!choice) throw new Error('This run has no generator yet: the first one comes with the first checkpoint.');
      const number = Number(seed.value);
      if (seed.value === '' || !Number.isSafeInteger(number) || number < 0)
        throw new Error(`The seed is a whole number, 0 to ${Number.MAX_SAFE_INTEGER}.`);
      return { run: chosenRun(), choice, seed: number, count: Number(count.value), order: order.value as Order };
    },
    update,
    setOrder(next) {
      order.value = next;
    },
  };
}

const field = (name: string, control: HTMLElement): HTMLElement =>
  element('label', {}, element('span', { class: 'muted small' }, name), control);
