/**
 * The TensorFlow operations that the layers are made of (products are in products.ts), called by their own names through tfjs-node's backend: tfjs has
 * no functions for some (TanhGrad, BiasAddGrad, DepthToSpace on training paths), and those of the others would record a
 * tape that nobody reads. Tensors are float32, images NHWC. Everything returned belongs to the enclosing `tidy`.
 */
import type * as tfjs from '@tensorflow/tfjs-node';
import { loadEngine } from '../shared/engine.js';

export type Tensor = tfjs.Tensor;

const tf = loadEngine();
const engine = tf.engine();

/** A tensor of TensorFlow's that tfjs knows nothing of. */
export interface TensorHandle {
  readonly id: number;
}

interface Binding {
  executeOp(name: string, attributes: Attributes, ids: number[], outputs: number): TensorHandle[];
  deleteTensor(id: number): void;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
}

export const backend = tf.backend() as unknown as {
  readonly binding: Binding;
  /** The declared type of both is TensorInfo; they are Tensors that the enclosing tidy owns. */
  executeSingleOutput(name: string, attributes: Attributes, inputs: Tensor[]): Tensor;
  createOutputTensor(handle: TensorHandle): Tensor;
  getInputTensorIds(tensors: Tensor[]): number[];
};

export const { tidy, keep, dispose } = tf;

/** Tensors and bytes that are alive in this thread. */
export function countTensors(): { tensors: number; bytes: number } {
  const { numTensors, numBytes } = tf.memory();
  return { tensors: numTensors, bytes: numBytes };
}

/** Runs one op: a thread that has loaded TensorFlow but never used it crashes the process when it ends. */
export function warmUp(): void {
  tidy(() => add(tf.scalar(1), tf.scalar(1)).dataSync());
}

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: AttributeValue;
}
export type Attributes = Attribute[];

type AttributeValue = string | boolean | number | number[];

export function attribute(name: string, value: AttributeValue): Attribute {
  const { binding } = backend;
  if (typeof value === 'string') return { name, type: binding.TF_ATTR_STRING, value };
  if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
  return { name, type: binding.TF_ATTR_INT, value };
}

export const typeAttribute = (name: string, dtype: 'TF_FLOAT' | 'TF_INT32' | 'TF_BOOL'): Attribute => ({
  name,
  type: backend.binding.TF_ATTR_TYPE,
  value: backend.binding[dtype],
});
export const float = typeAttribute('T', 'TF_FLOAT');

let arithmeticMs = 0;

/** Milliseconds that this thread has spent in operations. */
export const readArithmeticMs = (): number => arithmeticMs;

/** Counts what `compute` takes as arithmetic. */
export function timed<Result>(compute: () => Result): Result {
  const began = performance.now();
  const result = compute();
  arithmeticMs += performance.now() - began;
  return result;
}

export const run = (name: string, inputs: Tensor[], attributes: Attributes = [float]): Tensor =>
  timed(() => backend.executeSingleOutput(name, attributes, inputs));

const constants = new Map<string, Tensor>();

/** A small tensor that lives as long as the thread. */
function constant(key: string, make: () => Tensor): Tensor {
  let found = constants.get(key);
  if (!found) {
    found = keep(make());
    constants.set(key, found);
  }
  return found;
}

export const integers = (values: number[]): Tensor => constant(`int32 ${values}`, () => tf.tensor1d(values, 'int32'));

const integer = (value: number): Tensor => constant(`int32 scalar ${value}`, () => tf.scalar(value, 'int32'));

/** A scalar that lives as long as the thread. */
export const scalar = (value: number): Tensor => constant(`float32 ${value}`, () => tf.scalar(value));

/** A constant matrix and its transpose: MatMul, told to transpose a small matrix, takes twice as long. */
export interface ConstantMatrix {
  readonly matrix: Tensor;
  readonly transposed: Tensor;
}

/** A constant matrix with its transpose, made on first use, that lives as long as the thread. */
export function constantMatrix(key: string, shape: [number, number], make: () => Float32Array): ConstantMatrix {
  const matrix = constant(key, () => tf.tensor2d(make(), shape));
  return { matrix, transposed: constant(`${key} transposed`, () => transpose(matrix, [1, 0])) };
}

/**
 * A tensor of numbers that are somewhere already. From memory at a multiple of 64 bytes TensorFlow makes no copy: what
 * is written there later shows in the tensor, so its region must not be written while the tensor is in use.
 */
export const fromArray = (values: Float32Array, shape: readonly number[]): Tensor =>
  engine.makeTensor(values, [...shape], 'float32') as Tensor;

/** Copies a tensor's numbers, row major, to `target`, which must be as long as the tensor. */
export function copyTo(target: Float32Array, tensor: Tensor): void {
  if (target.length < inPlaceLength || !inPlaceBuffers.has(target.buffer) || target.byteOffset % alignment !== 0) {
    target.set(tensor.dataSync<'float32'>());
  } else copyInPlace(target, tensor);
}

const alignment = 64;
/** Below it the operation costs more than it saves. */
const inPlaceLength = 65_536;
const inPlaceBuffers = new WeakSet<ArrayBufferLike>();

/**
 * From now on TensorFlow itself copies to this memory, if it can: `dataSync` makes an array of each tensor, 80 MB of garbage a
 * step.
 * @param memory - its bytes 64 to 128 are used for a trial
 * @returns whether it can
 */
export function copyInPlaceTo(memory: WebAssembly.Memory): boolean {
  const trial = new Float32Array(memory.buffer, alignment, 16);
  const numbers = Float32Array.from(trial, (_, i) => i + 1);
  tidy(() => copyInPlace(trial, tf.tensor1d(numbers)));
  const works = trial.every((value, i) => value === numbers[i]);
  if (works) inPlaceBuffers.add(memory.buffer);
  return works;
}

/** A tensor with memory of its own. */
export const copyOf = (a: Tensor): Tensor => run('DeepCopy', [a]);

/** InplaceUpdate writes row 0 of its first input, which is a tensor over the target itself. */
function copyInPlace(target: Float32Array, tensor: Tensor): void {
  const row = [1, target.length];
  run('InplaceUpdate', [fromArray(target, row), integers([0]), reshape(tensor, row)]);
}

export const add = (a: Tensor, b: Tensor): Tensor => run('AddV2', [a, b]);
export const subtract = (a: Tensor, b: Tensor): Tensor => run('Sub', [a, b]);
export const multiply = (a: Tensor, b: Tensor): Tensor => run('Mul', [a, b]);
export const divide = (a: Tensor, b: Tensor): Tensor => run('RealDiv', [a, b]);
export const square = (a: Tensor): Tensor => run('Square', [a]);
export const inverseRoot = (a: Tensor): Tensor => run('Rsqrt', [a]);
export const tanh = (a: Tensor): Tensor => run('Tanh', [a]);
/** dy · (1 − y²), for y = tanh(x). */
export const tanhGradient = (y: Tensor, dy: Tensor): Tensor => run('TanhGrad', [y, dy]);

/** Adds `bias` `[channels]` along the last axis. */
export const addBias = (a: Tensor, bias: Tensor): Tensor => run('BiasAdd', [a, bias], [float, nhwc]);
/** Sums over all axes but the last: the gradient of the bias. */
export const biasGradient = (dy: Tensor): Tensor => run('BiasAddGrad', [dy], [float, nhwc]);
export const nhwc = attribute('data_format', 'NHWC');

/** A size of −1 is what is left for it. `a` itself where it has that shape. */
export function reshape(a: Tensor, shape: readonly number[]): Tensor {
  if (a.shape.length === shape.length && shape.every((size, i) => size === -1 || size === a.shape[i])) return a;
  return run('Reshape', [a, integers([...shape])], reshapeAttributes);
}
const reshapeAttributes = [float, typeAttribute('Tshape', 'TF_INT32')];

export const transpose = (a: Tensor, order: number[]): Tensor =>
  run('Transpose', [a, integers(order)], transposeAttributes);
const transposeAttributes = [float, typeAttribute('Tperm', 'TF_INT32')];

/** `size` −1 is all that follows `begin`. `a` itself where all of it is asked for. */
export function slice(a: Tensor, begin: number[], size: number[]): Tensor {
  if (size.every((count, i) => begin[i] === 0 && (count === -1 || count === a.shape[i]))) return a;
  return run('Slice', [a, integers(begin), integers(size)], sliceAttributes);
}
const sliceAttributes = [float, typeAttribute('Index', 'TF_INT32')];

export function concat(parts: Tensor[], axis: number): Tensor {
  if (parts.length === 1) return parts[0]!;
  const attributes = [float, attribute('N', parts.length), typeAttribute('Tidx', 'TF_INT32')];
  return run('ConcatV2', [...parts, integer(axis)], attributes);
}

/** `[n, h, w, c]` with rows and columns of zeros: `before` of each before the first, and those after the last. */
export const pad = (a: Tensor, before: number, rows: number, columns: number): Tensor =>
  run('Pad', [a, paddings(before, rows, columns)], [float, typeAttribute('Tpaddings', 'TF_INT32')]);
const paddings = (before: number, rows: number, columns: number): Tensor =>
  constant(`paddings ${before} ${rows} ${columns}`, () =>
    tf.tensor2d([0, 0, before, rows, before, columns, 0, 0], [4, 2], 'int32'),
  );

/** Sum over one axis, which goes away unless `keepAxis`. */
export const sumOver = (a: Tensor, axis: number, keepAxis = false): Tensor =>
  run('Sum', [a, integers([axis])], reduction(keepAxis));
/** Mean over one axis, which goes away unless `keepAxis`. */
export const meanOver = (a: Tensor, axis: number, keepAxis = false): Tensor =>
  run('Mean', [a, integers([axis])], reduction(keepAxis));
const reduction = (keepAxis: boolean) => [float, attribute('keep_dims', keepAxis), typeAttribute('Tidx', 'TF_INT32')];

/** 1 where a = b, else 0, with broadcasting. */
export function equals(a: Tensor, b: Tensor): Tensor {
  const mask = run('Equal', [a, b], [float, attribute('incompatible_shape_error', true)]);
  const cast = [typeAttribute('SrcT', 'TF_BOOL'), typeAttribute('DstT', 'TF_FLOAT'), attribute('Truncate', false)];
  return run('Cast', [mask], cast);
}

/** The larger of each two, where neither is NaN. */
export const maximum = (a: Tensor, b: Tensor): Tensor => run('Maximum', [a, b]);

/** `values` where a = b, else 0; all three have the same shape. */
export function selectEqual(a: Tensor, b: Tensor, values: Tensor): Tensor {
  const mask = run('Equal', [a, b], [float, attribute('incompatible_shape_error', true)]);
  return run('Select', [mask, values, zeros(values.shape)]);
}

const zeros = (shape: readonly number[]): Tensor => constant(`zeros ${shape}`, () => tf.zeros([...shape]));

/** Maximum of every 2×2 window. */
export const maxPool2 = (x: Tensor): Tensor =>
  run(
    'MaxPool',
    [x],
    [float, attribute('ksize', [1, 2, 2, 1]), attribute('strides', [1, 2, 2, 1]), attribute('padding', 'VALID'), nhwc],
  );

/** `[n, h, w, 4 c]` → `[n, 2 h, 2 w, c]`; input channel `(2 a + b) c + i` becomes row a, column b of a 2×2 block. */
export const depthToSpace2 = (x: Tensor): Tensor => run('DepthToSpace', [x], [float, attribute('block_size', 2), nhwc]);
/** The inverse of `depthToSpace2`, and so its gradient. */
export const spaceToDepth2 = (x: Tensor): Tensor => run('SpaceToDepth', [x], [float, attribute('block_size', 2), nhwc]);

/** The sum of tensors of one shape, from the first to the last, in one pass over memory. */
export function addAll(parts: readonly Tensor[]): Tensor {
  return parts.length === 1 ? parts[0]! : run('AddN', [...parts], [float, attribute('N', parts.length)]);
}
