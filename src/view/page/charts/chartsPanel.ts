/** The curves: losses, scores and divergence over the steps, with one view and one cursor for all. */
import { element, messageOf } from '../element.js';
import { count, describeStep } from '../facts/describe.js';
import { isBad, type RunEvent } from '../facts/events.js';
import { lastUpTo } from '../lastUpTo.js';
import type { OpenRun, PageState, Panel } from '../panel.js';
import { onThemeChange } from '../theme.js';
import type { Window } from './chooseChunks.js';
import { charts } from './definitions.js';
import { createFigure } from './figure.js';
import { type Curves, readCurves, stepsOf } from './readCurves.js';
import { createTools } from './tools.js';
import { within, zoom } from './zoom.js';

export const chartsPanel: Panel = { id: 'charts', title: 'Losses and scores', mount };

/** A wheel turns many times: what it passes need not be read. */
const restMs = 80;

function mount(body: HTMLElement, { runs: first, cursor }: PageState): { update(runs: readonly OpenRun[]): void } {
  let runs = first;
  /** undefined: all, also when there is more of it. */
  let chosen: Window | undefined;
  let curves: Curves | undefined;
  let loads = 0;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const all = (): Window => ({ from: 0, to: Math.max(...runs.map(stepsOf), 2) - 1 });
  const view = () => chosen ?? all();
  const tools = createTools({
    onZoom: factor => setView(factor === undefined ? undefined : zoom(view(), factor, center(), all())),
    onSmooth: () => draw(),
  });
  body.append(tools.element);
  const figures = charts.map(each => createFigure(body, each, runs, { onHover: cursor.set, onZoom: setView }));
  const note = element('p', { class: 'muted small' });
  body.append(note);

  function center(): number {
    const { from, to } = view();
    return cursor.step >= from && cursor.step <= to ? cursor.step : (from + to) / 2;
  }

  function setView(next: Window | undefined): void {
    chosen = next && within(next, all());
    draw();
    clearTimeout(waiting);
    waiting = setTimeout(load, restMs);
  }

  /** What comes too late, because another view was asked for meanwhile, is dropped. */
  async function load(): Promise<void> {
    const mine = ++loads;
    const read = await readCurves(runs, view()).catch(messageOf);
    if (mine !== loads) return;
    if (typeof read !== 'string') curves = read;
    note.textContent = typeof read === 'string' ? read : describeCurves(read);
    draw();
  }

  function draw(): void {
    if (!curves) return;
    const state = { window: view(), all: all(), marks: runs.flatMap(marksOf) };
    for (const figure of figures) figure.show(state, curves, tools.span(view()));
    showCursor(cursor.step);
  }

  function showCursor(step: number): void {
    tools.tell(describeCursor(runs, step));
    if (!curves) return;
    const place = Math.max(lastUpTo(curves.steps, step), 0);
    // The last picture is one step after the last loss.
    for (const figure of figures) figure.setCursor(Math.min(step, all().to), curves, place);
  }

  cursor.subscribe(showCursor);
  onThemeChange(() => {
    for (const figure of figures) figure.redraw();
  });
  const update = (next: readonly OpenRun[]) => {
    runs = next;
    if (chosen) chosen = within(chosen, all());
    void load();
  };
  update(runs);
  return { update };
}

/** But for the start, with which every run begins. */
const eventsOf = ({ attributes }: OpenRun): RunEvent[] =>
  (attributes.events as RunEvent[]).filter(({ kind, step }) => !(kind === 'started' && step === 0));

const marksOf = (run: OpenRun) => eventsOf(run).map(({ step, kind }) => ({ step, isBad: isBad(kind) }));

function describeCursor(runs: readonly OpenRun[], step: number): string {
  const events = runs.flatMap(eventsOf).filter(event => event.step === step);
  return [describeStep(runs[0]!, step), ...events.map(({ message }) => message)].join(' · ');
}

function describeCurves({ steps, chunks, problem }: Curves): string {
  if (problem !== undefined) return problem;
  if (steps.length === 0) return 'No step yet: the curves begin with the first commit.';
  if (chunks.read === chunks.all) return '';
  return `${count(chunks.read)} of ${count(chunks.all)} stretches of the view, evenly spaced: zoom in for every step.`;
}
