/** Which charts there are, and the lines of each. */
import { divergenceBound } from '../../../model/divergence.js';
import type { Column } from './readCurves.js';

export interface LineDefinition {
  readonly name: string;
  readonly colour: string;
  readonly column: Column;
  /** What is shown of the column's number; by default itself. */
  readonly of?: (value: number) => number;
}

export interface ChartDefinition {
  readonly id: string;
  readonly title: string;
  /** What it means, in a few words. */
  readonly about: string;
  readonly lines: readonly LineDefinition[];
  readonly levels: readonly { readonly value: number; readonly name: string }[];
  readonly least?: number;
  readonly most?: number;
}

export const charts: readonly ChartDefinition[] = [
  {
    id: 'losses',
    title: 'Loss',
    about: 'nats',
    lines: [
      { name: 'discriminator', colour: '--discriminator', column: 'd_loss' },
      { name: 'generator', colour: '--generator', column: 'g_loss' },
    ],
    levels: [],
    least: 0,
  },
  {
    id: 'scores',
    title: 'Mean score',
    about: 'how real D finds an image, 0 to 1',
    lines: [
      { name: 'D(x), real', colour: '--discriminator', column: 'd_real' },
      { name: 'D(G(z)), generated', colour: '--generator', column: 'd_fake' },
    ],
    levels: [],
    least: 0,
    most: 1,
  },
  {
    id: 'divergence',
    title: 'Divergence, at least',
    about: 'Jensen–Shannon, nats; 0: alike, log 2: disjoint',
    lines: [{ name: 'JSD ≥ log 2 − D’s loss', colour: '--accent', column: 'd_loss', of: divergenceBound }],
    levels: [{ value: Math.LN2, name: 'log 2' }],
    least: -0.05,
    most: 0.8,
  },
];
