/** A canvas that is drawn anew when its size or the colours change. */
import { element } from '../element.js';
import { onThemeChange } from '../theme.js';

export interface Plot {
  readonly element: HTMLCanvasElement;
  draw(): void;
}

/** Room for numbers, in CSS pixels. */
export const margin = { left: 52, right: 8, top: 8, bottom: 22 };

export type Draw = (context: CanvasRenderingContext2D, width: number, height: number) => void;

/** @param height - in CSS pixels */
export function createPlot(height: number, drawOn: Draw): Plot {
  const canvas = element('canvas', { class: 'plot', role: 'img' });
  canvas.style.height = `${height}px`;
  const draw = () => {
    const width = canvas.clientWidth;
    if (width === 0) return;
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    const context = canvas.getContext('2d')!;
    context.scale(devicePixelRatio, devicePixelRatio);
    context.font = '12px system-ui, sans-serif';
    drawOn(context, width, height);
  };
  new ResizeObserver(draw).observe(canvas);
  onThemeChange(draw);
  return { element: canvas, draw };
}

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const areaOf = (width: number, height: number): Area => ({
  x: margin.left,
  y: margin.top,
  width: Math.max(width - margin.left - margin.right, 1),
  height: height - margin.top - margin.bottom,
});
