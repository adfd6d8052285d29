/** Whether two runs left the same bytes; if not, where they part. */

type Numbers = Int32Array | Uint8Array | Float32Array | BigUint64Array;

/** What a run leaves but for times and places. */
export interface Outcome {
  /** By name in the store, one element a step, in the order in which a step computes them. */
  readonly metrics: ReadonlyMap<string, Numbers>;
  /** SHA-256 of each file of the last checkpoint, by path in it. */
  readonly files: ReadonlyMap<string, string>;
  /** SHA-256 of the last sample's pictures. */
  readonly pictures: ReadonlyMap<string, string>;
}

/** The first thing in which `b` is not `a`, bit by bit; undefined if nothing is. */
export function findDifference(a: Outcome, b: Outcome): string | undefined {
  return (
    findInMetrics(a.metrics, b.metrics) ??
    findInHashes('the last checkpoint', a.files, b.files) ??
    findInHashes('the last sample', a.pictures, b.pictures)
  );
}

function findInMetrics(a: Outcome['metrics'], b: Outcome['metrics']): string | undefined {
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const [ours, theirs] = [a.get(name)?.length ?? 0, b.get(name)?.length ?? 0];
    if (ours !== theirs) return `metrics/${name} has ${ours} and ${theirs} steps`;
  }
  const steps = Math.max(0, ...Array.from(a.values(), ({ length }) => length));
  const columns = Array.from(a, ([name, values]) => ({ name, a: values, b: b.get(name)! }));
  const bits = columns.map(column => [bitsOf(column.a), bitsOf(column.b)] as const);
  for (let step = 0; step < steps; step++) {
    const place = bits.findIndex(([ours, theirs]) => ours[step] !== theirs[step]);
    if (place < 0) continue;
    const { name, a, b } = columns[place]!;
    return `step ${step}: ${name} is ${describe(name, a[step]!)} and ${describe(name, b[step]!)}`;
  }
  return undefined;
}

/** NaN equals itself, and 0 is not -0. */
const bitsOf = (values: Numbers) =>
  values instanceof Float32Array ? new Uint32Array(values.buffer, values.byteOffset, values.length) : values;

function describe(name: string, value: number | bigint): string {
  if (name === 'fingerprint') return value.toString(16).padStart(16, '0');
  return Object.is(value, -0) ? '-0' : String(value);
}

function findInHashes(of: string, a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string | undefined {
  const one = [...new Set([...a.keys(), ...b.keys()])].find(path => a.get(path) !== b.get(path));
  if (one === undefined) return undefined;
  if (a.has(one) && b.has(one)) return `${of}: ${one} has other bytes`;
  return `${of}: ${one} is there only ${a.has(one) ? 'before' : 'after'}`;
}
