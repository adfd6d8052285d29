/** Many runs as a table, a line each, and what to type to look at them. */
import { ganDist } from '../../shared/program.js';
import { quoteForShell } from '../../shared/shell.js';
import { formatCount } from '../terminal/format.js';
import { formatTable } from '../terminal/table.js';
import { listDifferences } from './differences.js';
import type { ListedRun } from './readRuns.js';

const heads = ['run', 'state', 'steps', 'of', 'D loss', 'G loss', 'D(x)', 'D(G(z))', 'JSD ≥'];

export function formatList(runs: readonly ListedRun[]): string {
  const differences = listDifferences(runs.map(({ config }) => config));
  const rows = runs.map((run, place) => [...describe(run), ...differences.map(({ values }) => values[place]!)]);
  const table = formatTable([...heads, ...differences.map(({ key }) => key)], rows);
  const warnings = runs.flatMap(({ run, warnings }) => warnings.map(warning => `${run}: ${warning}`));
  return [table, ...warnings].join('\n');
}

/** How to look at the first run, or at the first two side by side. */
export function adviseOnList(runs: readonly ListedRun[]): string {
  const view = (...each: string[]) => `${ganDist} view ${each.map(quoteForShell).join(' ')}`;
  const [first, second] = runs;
  if (!first) return '';
  return second ? `Look at two side by side: ${view(first.run, second.run)}` : `Look at it: ${view(first.run)}`;
}

function describe({ run, state, steps, plannedSteps, last }: ListedRun): string[] {
  const number = (value: number | undefined, digits: number) => (value === undefined ? '–' : value.toFixed(digits));
  return [
    run,
    state,
    formatCount(steps),
    formatCount(plannedSteps),
    number(last?.dLoss, 4),
    number(last?.gLoss, 4),
    number(last?.dReal, 3),
    number(last?.dFake, 3),
    number(last?.divergenceBound, 3),
  ];
}
