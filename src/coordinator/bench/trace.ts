/**
 * A trace that chrome://tracing and ui.perfetto.dev show: a process for each number of workers, a
 * row for each rank, a bar for what it computes and one for what it waits. Format: "Trace Event
 * Format", complete events; times in microseconds.
 */
import type { Measurement } from './measure.js';

interface TraceEvent {
  name: string;
  cat?: string;
  ph: 'X' | 'M';
  pid: number;
  tid: number;
  ts?: number;
  dur?: number;
  args: Record<string, unknown>;
}

/** @param measurements - of which every step is drawn */
export function encodeTrace(measurements: readonly Measurement[]): Uint8Array {
  const traceEvents = measurements.flatMap(drawMeasurement);
  return Buffer.from(`${JSON.stringify({ displayTimeUnit: 'ms', traceEvents })}\n`);
}

function drawMeasurement({ workers, steps }: Measurement): TraceEvent[] {
  const named = (name: string, tid: number, value: string): TraceEvent => ({
    name,
    ph: 'M',
    pid: workers,
    tid,
    args: { name: value },
  });
  return [
    named('process_name', 0, workers === 1 ? '1 worker' : `${workers} workers`),
    ...Array.from({ length: workers }, (_, rank) => named('thread_name', rank, `rank ${rank}`)),
    ...steps.flatMap(({ ranks }, step) =>
      ranks.flatMap((phases, rank) =>
        phases.flatMap(({ name, start, arrived, end, arithmetic }) => {
          const bar = (cat: string, from: number, to: number, args: object): TraceEvent => ({
            name: cat === 'wait' ? 'wait' : name,
            cat,
            ph: 'X',
            pid: workers,
            tid: rank,
            ts: 1000 * from,
            dur: 1000 * (to - from),
            args: { step, ...args },
          });
          return [
            bar('compute', start, arrived, { arithmeticMs: arithmetic }),
            bar('wait', arrived, end, { barrier: name }),
          ];
        }),
      ),
    ),
  ];
}
