/** What was found, as a table in Markdown. */
import { cpus } from 'node:os';
import { describeEngine } from '../../src/shared/engine.js';
import { type Comparison, type Gap, isWithin, shareOf } from './compare.js';

export interface Row extends Comparison {
  /** The case's. */
  name: string;
  /** What ran it, and what it was compared with. */
  systems: readonly string[];
}

/** One row a case. Percents are of what the rule allows: 100 % is its edge. */
export function formatTable(rows: readonly Row[]): string {
  const [first] = rows;
  if (!first) return 'No case was finished.';
  const head = [
    'case',
    'at the start',
    ...first.losses.map(({ after, allowed }) => `losses of ${after} steps, ± ${allowed.toExponential()}`),
    ...first.norms.map(({ after }) => `norms after ${after} steps`),
    'rule',
  ];
  return [head, head.map(() => '---'), ...rows.map(cellsOf)].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

/** What made the numbers: both systems, and the processor, for kernels depend on it. */
export function describeOrigin(rows: readonly Row[]): string {
  const { cpu, instructionSets } = describeEngine();
  const systems = new Set(rows.map(row => row.systems.join(' against ')));
  const date = new Date().toISOString().slice(0, 10);
  return [...systems, `${cpu}, ${cpus().length} threads, ${instructionSets.join(', ')}`, date].join('; ');
}

function cellsOf(row: Row): string[] {
  const { name, losses, norms, unlikeAtStart } = row;
  return [
    name,
    unlikeAtStart.length === 0 ? 'same bits' : `other bits: ${unlikeAtStart.join(', ')}`,
    ...losses.map(each => `${each.gap.toExponential(1)} = ${formatShare(each)} (${each.name})`),
    ...norms.map(each => `${formatShare(each)} (${each.name})`),
    isWithin(row) ? 'within' : '**OUTSIDE**',
  ];
}

const formatShare = (gap: Gap): string => `${Number((100 * shareOf(gap)).toPrecision(2))} %`;
