/**
 * The TensorFlow operations that the layers are made of (products are in products.ts), called by
 * their own names: tfjs has no functions for some (TanhGrad, BiasAddGrad, DepthToSpace on training
 * paths), and those of the others would record a tape that nobody reads. Tensors are float32,
 * images NHWC. Everything returned belongs to the enclosing `tidy` (tensors.ts).
 */
import { sizeOf } from '../../model/shape.js';
import { thread } from '../thread.js';
import { type Attribute, binding } from './binding.js';
import type { Loan } from './loan.js';
import { execute, fromArray, fromHandle, fromIntegers, keep, type Tensor, tidy } from './tensors.js';

/** Runs one op: a thread that has loaded TensorFlow but never used it crashes the process when it ends. */
export function warmUp(): void {
  tidy(() => add(scalar(1), scalar(1)).read());
}

export function attribute(name: string, value: Attribute['value']): Attribute {
  if (typeof value === 'string') return { name, type: binding.TF_ATTR_STRING, value };
  if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
  return { name, type: binding.TF_ATTR_INT, value };
}

export const typeAttribute = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value });

/** TensorFlow infers the type of an operation from its inputs, but not from a list of them. */
const float = typeAttribute('T', binding.TF_FLOAT);

/** Counts what `compute` takes as arithmetic. */
export function timed<Result>(compute: () => Result): Result {
  const began = performance.now();
  const result = compute();
  thread.arithmeticMs += performance.now() - began;
  return result;
}

/** @param loan - where the result may lie in the memory of a lent input */
export function run(
  name: string,
  inputs: readonly Tensor[],
  attributes: readonly Attribute[] = [],
  loan?: Loan,
): Tensor {
  for (const input of inputs) input.loan?.assertRunning();
  const ids = inputs.map(({ id }) => id);
  return fromHandle(
    timed(() => execute(name, attributes, ids)),
    loan,
  );
}

/** A small tensor that lives as long as the thread. */
function constant(key: string, make: () => Tensor): Tensor {
  let found = thread.constants.get(key);
  if (!found) {
    found = keep(make());
    thread.constants.set(key, found);
  }
  return found;
}

export const integers = (values: readonly number[]): Tensor =>
  constant(`int32 ${values}`, () => fromIntegers(values, [values.length]));

const integer = (value: number): Tensor => constant(`int32 scalar ${value}`, () => fromIntegers([value], []));

/** A scalar that lives as long as the thread. */
export const scalar = (value: number): Tensor =>
  constant(`float32 ${value}`, () => fromArray(Float32Array.of(value), []));

/** A constant matrix and its transpose: MatMul, told to transpose a small matrix, takes twice as long. */
export interface ConstantMatrix {
  readonly matrix: Tensor;
  readonly transposed: Tensor;
}

/** A constant matrix with its transpose, made on first use, that lives as long as the thread. */
export function constantMatrix(key: string, shape: [number, number], make: () => Float32Array): ConstantMatrix {
  const matrix = constant(key, () => fromArray(make(), shape));
  return { matrix, transposed: constant(`${key} transposed`, () => transpose(matrix, [1, 0])) };
}

/** Copies a tensor's numbers, row major, to `target`, which must be as long as the tensor. */
export function copyTo(target: Float32Array, tensor: Tensor): void {
  if (target.length < inPlaceLength || !thread.inPlace.has(target.buffer) || target.byteOffset % alignment !== 0) {
    target.set(tensor.read());
  } else copyInPlace(target, tensor);
}

const alignment = 64;
/** Below it the operation costs more than it saves. */
const inPlaceLength = 65_536;

/**
 * From now on TensorFlow itself copies to this memory, if it can: `read` makes an array of each
 * tensor, 80 MB of garbage a step.
 * @param memory - its bytes 64 to 128 are used for a trial
 * @returns whether it can
 */
export function copyInPlaceTo(memory: WebAssembly.Memory): boolean {
  const trial = new Float32Array(memory.buffer, alignment, 16);
  const numbers = Float32Array.from(trial, (_, i) => i + 1);
  tidy(() => copyInPlace(trial, fromArray(numbers, [numbers.length])));
  const works = trial.every((value, i) => value === numbers[i]);
  if (works) thread.inPlace.add(memory.buffer);
  return works;
}

/** A tensor with memory of its own. */
export const copyOf = (a: Tensor): Tensor => run('DeepCopy', [a]);

/** The tensor, or a copy of it where its memory is only lent. */
export const own = (a: Tensor): Tensor => (a.loan ? copyOf(a) : a);

/** InplaceUpdate writes row 0 of its first input, which is a tensor over the target itself. */
function copyInPlace(target: Float32Array, tensor: Tensor): void {
  const row = [1, target.length];
  run('InplaceUpdate', [fromArray(target, row), integers([0]), reshape(tensor, row)]);
}

export const add = (a: Tensor, b: Tensor): Tensor => run('AddV2', [a, b]);
export const subtract = (a: Tensor, b: Tensor): Tensor => run('Sub', [a, b]);
export const multiply = (a: Tensor, b: Tensor): Tensor => run('Mul', [a, b]);
export const square = (a: Tensor): Tensor => run('Square', [a]);
export const inverseRoot = (a: Tensor): Tensor => run('Rsqrt', [a]);
export const tanh = (a: Tensor): Tensor => run('Tanh', [a]);
/** dy · (1 − y²), for y = tanh(x). */
export const tanhGradient = (y: Tensor, dy: Tensor): Tensor => run('TanhGrad', [y, dy]);

/** Adds `bias` `[channels]` along the last axis. */
export const addBias = (a: Tensor, bias: Tensor): Tensor => run('BiasAdd', [a, bias]);
/** Sums over all axes but the last: the gradient of the bias. */
export const biasGradient = (dy: Tensor): Tensor => run('BiasAddGrad', [dy]);

/** A size of −1 is what is left for it. `a` itself where it has that shape. */
export function reshape(a: Tensor, shape: readonly number[]): Tensor {
  if (a.shape.length === shape.length && shape.every((size, i) => size === -1 || size === a.shape[i])) return a;
  // TensorFlow gives it the same memory.
  return run('Reshape', [a, integers(shape)], [], a.loan);
}

export const transpose = (a: Tensor, order: number[]): Tensor => run('Transpose', [a, integers(order)]);

/** `size` −1 is all that follows `begin`. `a` itself where all of it is asked for. */
export function slice(a: Tensor, begin: number[], size: number[]): Tensor {
  if (size.every((count, i) => begin[i] === 0 && (count === -1 || count === a.shape[i]))) return a;
  // TensorFlow gives rows of a tensor the same memory.
  const areRows = size.every((count, i) => i === 0 || count === -1 || count === a.shape[i]);
  return run('Slice', [a, integers(begin), integers(size)], [], areRows ? a.loan : undefined);
}

export function concat(parts: Tensor[], axis: number): Tensor {
  if (parts.length === 1) return parts[0]!;
  return run('ConcatV2', [...parts, integer(axis)], [float, attribute('N', parts.length)]);
}

/** `[n, h, w, c]` with rows and columns of zeros: `before` of each before the first, and those after the last. */
export const pad = (a: Tensor, before: number, rows: number, columns: number): Tensor =>
  run('Pad', [a, paddings(before, rows, columns)]);
const paddings = (before: number, rows: number, columns: number): Tensor =>
  constant(`paddings ${before} ${rows} ${columns}`, () =>
    fromIntegers([0, 0, before, rows, before, columns, 0, 0], [4, 2]),
  );

/** Sum over one axis, which goes away unless `keepAxis`. */
export const sumOver = (a: Tensor, axis: number, keepAxis = false): Tensor =>
  run('Sum', [a, integers([axis])], [attribute('keep_dims', keepAxis)]);
/** Mean over one axis, which goes away unless `keepAxis`. */
export const meanOver = (a: Tensor, axis: number, keepAxis = false): Tensor =>
  run('Mean', [a, integers([axis])], [attribute('keep_dims', keepAxis)]);

/** The larger of each two, where neither is NaN. */
export const maximum = (a: Tensor, b: Tensor): Tensor => run('Maximum', [a, b]);

/** `values` where a = b, else 0; all three have the same shape. */
export function selectEqual(a: Tensor, b: Tensor, values: Tensor): Tensor {
  return run('Select', [run('Equal', [a, b]), values, zeros(values.shape)]);
}

const zeros = (shape: readonly number[]): Tensor =>
  constant(`zeros ${shape}`, () => fromArray(new Float32Array(sizeOf(shape)), shape));

/** `[n, h, w, 4 c]` → `[n, 2 h, 2 w, c]`; input channel `(2 a + b) c + i` becomes row a, column b of a 2×2 block. */
export const depthToSpace2 = (x: Tensor): Tensor => run('DepthToSpace', [x], [attribute('block_size', 2)]);
/** The inverse of `depthToSpace2`, and so its gradient. */
export const spaceToDepth2 = (x: Tensor): Tensor => run('SpaceToDepth', [x], [attribute('block_size', 2)]);

/** The sum of tensors of one shape, from the first to the last, in one pass over memory. */
export function addAll(parts: readonly Tensor[]): Tensor {
  return parts.length === 1 ? parts[0]! : run('AddN', [...parts], [float, attribute('N', parts.length)]);
}
