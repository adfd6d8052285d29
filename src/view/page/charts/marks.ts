/** What a chart shows beside its lines. */
import type uPlot from 'uplot';
import { colour } from '../theme.js';

/** A line across, named. */
export interface Level {
  readonly value: number;
  readonly name: string;
}

/** An event of the run, at its step. */
export interface Mark {
  readonly step: number;
  readonly isBad: boolean;
}

/** Under the lines: levels across, events from top to bottom. */
export function drawMarks(plot: uPlot, marks: readonly Mark[], levels: readonly Level[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const { value, name } of levels) {
    const y = Math.round(plot.valToPos(value, 'y', true));
    ctx.strokeStyle = ctx.fillStyle = colour('--muted');
    drawLine(ctx, bbox.left, y, bbox.left + bbox.width, y);
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = 'right';
    ctx.fillText(name, bbox.left + bbox.width - 4 * devicePixelRatio, y - 4 * devicePixelRatio);
  }
  for (const { step, isBad } of marks) {
    const x = Math.round(plot.valToPos(step, 'x', true));
    ctx.strokeStyle = colour(isBad ? '--warning' : '--muted');
    drawLine(ctx, x, bbox.top, x, bbox.top + bbox.height);
  }
  ctx.restore();
}

function drawLine(ctx: CanvasRenderingContext2D, ...[x1, y1, x2, y2]: [number, number, number, number]): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}
