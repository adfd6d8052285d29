/** The film: what the generator makes of the same noise while it learns, with the batch of the step beside it. */
import { element, messageOf } from '../element.js';
import { describeStep } from '../facts/describe.js';
import { lastUpTo } from '../lastUpTo.js';
import type { OpenRun, PageState, Panel } from '../panel.js';
import { createControls } from './controls.js';
import { readFrame, readSampleSteps } from './readFrame.js';
import { createScreen } from './screen.js';

export const filmPanel: Panel = { id: 'film', title: 'Film', mount };

const films = ['fixed', 'grid'] as const;

function mount(body: HTMLElement, { runs: first, cursor }: PageState): { update(runs: readonly OpenRun[]): void } {
  let runs = first;
  /** Of each run, the steps of its samples. */
  let samples: Int32Array[] = [];
  /** Of all runs, each once. */
  let steps: number[] = [];
  let place = -1;
  let updates = 0;
  const screens = runs.map(run => films.map(film => createScreen(film, runs.length > 1 ? run.name : undefined)));
  const controls = createControls({
    show: index => show(index),
    ready: index => showFrames(index, 8),
    last: () => steps.length - 1,
  });
  const note = element('p', { class: 'muted' });
  const stage = element(
    'div',
    { class: runs.length > 1 ? 'stage two' : 'stage' },
    ...films.flatMap((_, film) => screens.map(of => of[film]!.element)),
  );
  const group = element(
    'div',
    { tabindex: 0, role: 'group', 'aria-label': 'Film: arrow keys step, space plays' },
    stage,
    controls.element,
  );
  body.append(group, note);
  controls.listen(group);

  function show(index: number): void {
    place = index;
    cursor.set(steps[index]!);
    showPlace();
  }

  function showPlace(): void {
    controls.tell(place, steps.length, describe(place));
    void showFrames(place, 2);
  }

  const describe = (index: number) => describeStep(runs[0]!, steps[index]!);

  /** Shows a frame, and reads those around it. @returns when it is on the screen */
  async function showFrames(index: number, ahead: number): Promise<void> {
    const step = steps[index];
    if (step === undefined) return;
    await Promise.all(
      runs.map(async (run, which) => {
        const sample = lastUpTo(samples[which]!, step);
        if (sample < 0) return;
        await Promise.all(screens[which]!.map(screen => screen.show(run, sample, samples[which]![sample]!)));
        prefetch(run, sample, samples[which]!.length, ahead);
      }),
    );
  }

  cursor.subscribe(step => {
    const next = Math.max(lastUpTo(steps, step), 0);
    if (next === place || steps.length === 0) return;
    place = next;
    showPlace();
  });

  /** What comes too late, because the runs have gone on meanwhile, is dropped. */
  async function update(next: readonly OpenRun[]): Promise<void> {
    const mine = ++updates;
    const read = await Promise.all(next.map(readSampleSteps)).catch(messageOf);
    if (mine !== updates) return;
    if (typeof read === 'string') {
      note.textContent = read;
      return;
    }
    const wasAtEnd = place === steps.length - 1;
    samples = read;
    runs = next;
    steps = [...new Set(samples.flatMap(each => [...each]))].sort((a, b) => a - b);
    group.hidden = steps.length === 0;
    note.textContent =
      steps.length === 0 ? 'No picture yet: the first one comes with the first step that is sampled.' : '';
    if (steps.length === 0) return;
    // Who looks at the newest picture goes on doing so.
    if (wasAtEnd) show(steps.length - 1);
    else {
      place = Math.min(place, steps.length - 1);
      showPlace();
    }
  }

  void update(runs);
  return { update: next => void update(next) };
}

function prefetch(run: OpenRun, sample: number, samples: number, ahead: number): void {
  for (let next = Math.max(sample - 1, 0); next <= Math.min(sample + ahead, samples - 1); next++)
    for (const film of films) readFrame(run, film, next).catch(() => {});
}
