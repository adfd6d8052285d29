/** Numbers as people read them. */
import type { ArrayData } from '../../store/index.js';

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

/** Six digits, as a float32 has about seven; null is what cannot be said, as the mean of nothing. */
export const formatNumber = (value: number | null): string =>
  value === null ? '–' : String(Number(value.toPrecision(6)));

export const formatCount = (count: number): string => count.toLocaleString('en-US');

export const formatShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

export function formatDtype(dtype: ArrayData['dtype']): string {
  return { '<f2': 'float16', '<f4': 'float32', '<i4': 'int32', '<u8': 'uint64', '|u1': 'uint8' }[dtype];
}

export const plural = (count: number, what: string): string => `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
