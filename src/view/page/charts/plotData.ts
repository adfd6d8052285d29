/** What uPlot draws: for every run and line the numbers as they are, then the smoothed ones. */
import type uPlot from 'uplot';
import type { ChartDefinition } from './definitions.js';
import type { Curves } from './readCurves.js';
import { smooth } from './smooth.js';

/** @param span - steps of a mean */
export function toPlotData({ lines }: ChartDefinition, { steps, runs }: Curves, span: number): uPlot.AlignedData {
  const series = runs.flatMap(columns =>
    lines.flatMap(({ column, of }) => {
      const values = of ? columns[column].map(of) : columns[column];
      return [values, smooth(steps, values, span)].map(withGaps);
    }),
  );
  return [steps, ...series] as unknown as uPlot.AlignedData;
}

/** uPlot leaves a gap for null. */
const withGaps = (values: Float64Array): (number | null)[] =>
  Array.from(values, value => (Number.isFinite(value) ? value : null));
