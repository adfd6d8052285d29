/** The table of the README, in Markdown, from the results. */
import { baseline, contestants } from './contestants.js';
import type { CellResult, Results } from './results.js';
import { type Summary, summarize } from './statistics.js';

/** A row for each contestant, a column for each cell. */
export function formatTable({ cells }: Results): string {
  if (cells.length === 0) return 'Nothing has been measured yet: `npm run compare`.';
  const head = ['a step, ms (× Keras); peak memory, MiB', ...cells.map(nameCell)];
  const rows = contestants
    .filter(({ name }) => cells.some(cell => summarize(cell, name)))
    .map(({ name, title }) => [title, ...cells.map(cell => formatSummary(summarize(cell, name), name))]);
  const lines = [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows];
  return [...lines.map(line => `| ${line.join(' | ')} |`), '', describeOrigin(cells)].join('\n');
}

const nameCell = ({ batch, threads }: CellResult): string =>
  `batch ${batch}, ${threads} thread${threads === 1 ? '' : 's'}`;

function formatSummary(summary: Summary | undefined, name: string): string {
  if (!summary) return '–';
  const { medianMs, toBaseline, peakMiB } = summary;
  const ratio = toBaseline === undefined || name === baseline ? '' : ` (${toBaseline.toFixed(2)} ×)`;
  return `${medianMs.toFixed(medianMs < 100 ? 1 : 0)}${ratio}; ${peakMiB ?? '–'}`;
}

/** What the numbers are of, for all cells together; what differs between them is listed. */
function describeOrigin(cells: readonly CellResult[]): string {
  const each = (describe: (cell: CellResult) => string) => [...new Set(cells.map(describe))].join(' / ');
  const versions = cells.flatMap(cell => Object.values(cell.versions).flatMap(Object.entries<string>));
  const skipped = cells.flatMap(cell => Object.entries(cell.skipped).map(([name, why]) => `${name}: ${why}`));
  return [
    `${each(({ machine: m }) => `${m.cpu}, ${m.threads} threads, ${m.memoryGiB} GiB, ${m.platform}`)};`,
    `Node ${each(({ machine }) => machine.node)}, TensorFlow ${each(({ machine }) => machine.tensorflow)} under gan-dist and tfjs;`,
    `${[...new Set(versions.map(([name, version]) => `${name} ${version}`))].join(', ')};`,
    `${each(({ rounds }) => `${rounds.length}`)} rounds, ${each(({ images }) => images)};`,
    `${each(({ rounds }) => rounds[0]!.startedAt.slice(0, 10))}, commit ${each(({ commit, changed }) => `${commit.slice(0, 7)}${changed ? ' with changes' : ''}`)}.`,
    ...describeCut(cells),
    ...new Set(skipped.map(text => `Not measured: ${text}.`)),
  ].join(' ');
}

/** Whose numbers are of fewer steps, because they took too long. */
function describeCut(cells: readonly CellResult[]): string[] {
  const cut = cells.flatMap(({ measured, rounds }) =>
    rounds.flatMap(({ runs }) => Object.entries(runs).filter(([, { steps }]) => steps < measured)),
  );
  const titles = contestants.filter(({ name }) => cut.some(([other]) => other === name)).map(({ title }) => title);
  return titles.length > 0 ? [`Of fewer steps, as they took too long: ${titles.join(', ')}.`] : [];
}
