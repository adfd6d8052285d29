/**
 * Exchanges a matrix `[rows, width]` between slices through a region of the shared memory: each slice writes it in the
 * form it has (networks.ts), and after a barrier reads it in the form it needs.
 *
 *   given      where slice s writes                       what lies there
 *   images     rows of s                                  [rows of s, width]
 *   features   the blocks one after the other             [rows, columns of s]
 *   partial    copy number s of the matrix                [rows, width], to be summed over s
 *
 * So every write is one run of memory, and every read is made of tensors that TensorFlow uses in place. Summands are summed by the
 * slice that takes the sum, in the order of webAssembly/assembly/sums.ts, into memory that lies in the form taken.
 */

import { type ExchangeMemory, summandStride } from '../../memory/sharedMemory.js';
import type { Exchange } from '../../model/networks.js';
import { partOf, type Range } from '../../model/slices.js';
import { concat, copyTo, slice as sliceOf } from '../tensorflow/ops.js';
import { fromArray, type Tensor } from '../tensorflow/tensors.js';
import type { Routines } from '../webAssembly/routines.js';

export interface ExchangeRegion extends Exchange, ExchangeMemory {
  readonly routines: Routines;
  readonly rank: number;
  readonly ranks: number;
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
        : slice * summandStride(rows * width);
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
  if (given === 'images') return cutColumns(matrix(exchange, wanted), columns, width);
  return sumSummands(exchange, wanted, columns);
}

/** A part of the sum of the slices' summands, in memory that nobody writes before the next exchange of this name. */
function sumSummands(exchange: ExchangeRegion, rows: Range, columns: Range): Tensor {
  const { region, sums, width, slices, routines, rank, taken } = exchange;
  const [height, breadth] = [rows.end - rows.start, columns.end - columns.start];
  // Parts lie one after the other; of the whole every rank has its own.
  const first =
    taken === 'whole' ? (rank * sums.length) / exchange.ranks : rows.start * width + exchange.rows * columns.start;
  const sum = sums.subarray(first, first + height * breadth);
  routines.sumSlices(
    region.byteOffset + 4 * (rows.start * width + columns.start),
    4 * summandStride(exchange.rows * width),
    slices,
    sum.byteOffset,
    height,
    4 * width,
    breadth,
  );
  return fromArray(sum, [height, breadth]);
}

const eachSlice = <T>({ slices }: ExchangeRegion, make: (slice: number) => T): T[] =>
  Array.from({ length: slices }, (_, slice) => make(slice));

const columnsOf = ({ width, slices }: ExchangeRegion, slice: number): Range => partOf(width, slices, slice);

/** Rows of the matrix. */
function matrix({ region, width }: ExchangeRegion, { start, end }: Range): Tensor {
  return fromArray(region.subarray(start * width, end * width), [end - start, width]);
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
