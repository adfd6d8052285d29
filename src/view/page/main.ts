/** The page: opens the runs that runs.json lists, mounts the panels, and follows what is still written. */
import { createCursor } from './cursor.js';
import { element, find, messageOf } from './element.js';
import { follow } from './follow.js';
import { showHead } from './head.js';
import { listRuns } from './openRun.js';
import type { OpenRun } from './panel.js';
import { panels } from './panels.js';
import { setUpTheme } from './theme.js';

type Update = (runs: readonly OpenRun[]) => void;

setUpTheme();
start().catch(error => showMessage(messageOf(error)));

async function start(): Promise<void> {
  let updates: Update[] | undefined;
  const places = await listRuns();
  showHead(places, []);
  await follow(places, (runs, problems) => {
    showMessage(problems.join('\n'));
    showHead(places, runs);
    if (runs.length === 0) return;
    if (updates) for (const update of updates) update(runs);
    else updates = mountAll(runs);
  });
}

function mountAll(runs: readonly OpenRun[]): Update[] {
  const newest = Math.max(...runs.map(run => run.attributes.rows.metrics)) - 1;
  const page = { runs, cursor: createCursor(Math.max(newest, 0)) };
  find('panels').classList.toggle('two', runs.length > 1);
  return panels.map(panel => {
    const body = element('div');
    const heading = element('h2', { id: `${panel.id}-title` }, panel.title);
    find('panels').append(
      element('section', { id: panel.id, class: 'panel', 'aria-labelledby': heading.id }, heading, body),
    );
    return panel.mount(body, page).update;
  });
}

function showMessage(text: string): void {
  const message = find('message');
  message.hidden = text === '';
  if (message.textContent !== text) message.textContent = text;
}
