/** What was found, as a table in Markdown. */
import { cpus } from 'node:os';
import { shareOf } from '../../src/model/comparison/closeness.js';
import { describeEngine } from '../../src/shared/engine.js';
import { type Comparison, isWithin, type NamedGap } from './compare.js';

export interface Row extends Comparison {
  /** The case's. */
  name: string;
  /** What ran it, and what it was compared with. */
  systems: readonly string[];
}

/**
 * One row a case, at least one. The rule's percents are of what it allows, 100 % being its edge;
 * `apart` is not judged.
 */
export function formatTable(rows: readonly Row[]): string {
  // Some cases end early, and have no later columns.
  const { losses, states } = rows.reduce((longest, row) => (row.losses.length > longest.losses.length ? row : longest));
  const head = [
    'case',
    'at the start',
    ...losses.map(({ until, allowed }) => `losses of ${until} steps, ± ${allowed.toExponential()}`),
    ...states.map(({ after }) => `norms after ${after} steps`),
    ...states.map(({ after }) => `apart after ${after}`),
    'rule',
  ];
  const lines = rows.map(row => cellsOf(row, losses.length));
  return [head, head.map(() => '---'), ...lines].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

/** What made the numbers: both systems, and the processor, for kernels depend on it. */
export function describeOrigin(rows: readonly Row[]): string {
  const { cpu, instructionSets } = describeEngine();
  const systems = new Set(rows.map(row => row.systems.join(' against ')));
  const date = new Date().toISOString().slice(0, 10);
  return [...systems, `${cpu}, ${cpus().length} threads, ${instructionSets.join(', ')}`, date].join('; ');
}

/** @param spans how many columns each kind has */
function cellsOf(row: Row, spans: number): string[] {
  const { name, differentAtStart, losses, states } = row;
  const filled = (cells: string[]) => Array.from({ length: spans }, (_, place) => cells[place] ?? '–');
  return [
    name,
    differentAtStart.length === 0 ? 'same bits' : `other bits: ${differentAtStart.join(', ')}`,
    ...filled(losses.map(each => `${each.gap.toExponential(1)} = ${formatShareOfRule(each)} (${each.name})`)),
    ...filled(states.map(({ norm }) => `${formatShareOfRule(norm)} (${norm.name})`)),
    ...filled(
      states.map(({ apart }) => `G ${formatPercent(apart.generator)}, D ${formatPercent(apart.discriminator)}`),
    ),
    isWithin(row) ? 'within' : '**OUTSIDE**',
  ];
}

const formatShareOfRule = (gap: NamedGap): string => formatPercent(shareOf(gap));
/** Two digits are what such a number says. */
const formatPercent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
