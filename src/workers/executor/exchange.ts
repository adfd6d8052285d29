/**
 * Exchanges a matrix `[rows, width]` between slices through a region of the shared memory: each slice writes it in the
 * form it has (networks.ts), and after a barrier reads it in the form it needs.
 *
 *   given      where slice s writes                       what lies there
 *   images     rows of s                                  [rows of s, width]
 *   features   the blocks one after the other             [rows, columns of s]
 *   partial    copy number s of the matrix                [rows, width], to be summed over s
 *
 * So every write is one run of memory, and every read is made of tensors that TensorFlow uses in place.
 */
import type { Exchange } from '../../model/networks.js';
import { partOf, type Range } from '../../model/slices.js';
import { addAll, concat, copyTo, slice as sliceOf } from '../tensorflow/ops.js';
import { fromArray, type Tensor } from '../tensorflow/tensors.js';

export interface ExchangeRegion extends Exchange {
  readonly region: Float32Array;
  readonly rows: number;
  readonly slices: number;
  rowsOf(slice: number): Range;
}

export function writeExchange(exchange: ExchangeRegion, slice: number, tensor: Tensor): void {
  const { region, given, rows, width } = exchange;
  const start =
    given === 'images'
      ? exchange.rowsOf(slice).start * width
      : given === 'features'
        ? rows * columnsOf(exchange, slice).start
        : slice * rows * width;
  copyTo(region.subarray(start, start + tensor.size), tensor);
}

/** What slice `slice` takes; for `whole` it is the same for every slice. */
export function readExchange(exchange: ExchangeRegion, slice: number): Tensor {
  const { given, taken, rows, width } = exchange;
  const all: Range = { start: 0, end: rows };
  const wanted = taken === 'images' ? exchange.rowsOf(slice) : all;
  const columns = taken === 'features' ? columnsOf(exchange, slice) : { start: 0, end: width };
  if (given === 'features')
    return concat(
      eachSlice(exchange, writer => block(exchange, writer, wanted)),
      1,
    );
  if (given === 'images') return cutColumns(matrix(exchange, 0, wanted), columns, width);
  return addAll(eachSlice(exchange, writer => cutColumns(matrix(exchange, writer, wanted), columns, width)));
}

const eachSlice = <T>({ slices }: ExchangeRegion, make: (slice: number) => T): T[] =>
  Array.from({ length: slices }, (_, slice) => make(slice));

const columnsOf = ({ width, slices }: ExchangeRegion, slice: number): Range => partOf(width, slices, slice);

/** Rows of copy number `copy` of the matrix. */
function matrix({ region, rows, width }: ExchangeRegion, copy: number, { start, end }: Range): Tensor {
  const first = (copy * rows + start) * width;
  return fromArray(region.subarray(first, first + (end - start) * width), [end - start, width]);
}

/** Rows of the block of columns that `writer` wrote. */
function block(exchange: ExchangeRegion, writer: number, { start, end }: Range): Tensor {
  const columns = columnsOf(exchange, writer);
  const width = columns.end - columns.start;
  const first = exchange.rows * columns.start + start * width;
  return fromArray(exchange.region.subarray(first, first + (end - start) * width), [end - start, width]);
}

function cutColumns(tensor: Tensor, { start, end }: Range, width: number): Tensor {
  return end - start === width ? tensor : sliceOf(tensor, [0, start], [-1, end - start]);
}
