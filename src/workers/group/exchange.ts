/**
 * Exchanges a matrix `[rows, width]` between slices through a region of the shared memory: each slice writes it in the
 * form it has (model/forms.ts), and after a meeting reads it in the form it needs.
 *
 *   given      where slice s writes                       what lies there
 *   images     rows of s                                  [rows of s, width]
 *   features   the blocks one after the other             [rows, columns of s]
 *   partial    copy number s of the matrix                [rows, width], to be summed over s
 *
 * So every write is one run of memory, and every read is made of tensors that TensorFlow uses in
 * place. Summands are summed by the slice that takes the sum, in the order of
 * webAssembly/assembly/sums.ts, into memory that lies in the form taken.
 */
import { type ExchangeMemory, summandStride } from '../../memory/sharedMemory.js';
import type { Form } from '../../model/forms.js';
import { partOf, type Range } from '../../model/slices.js';
import { concat, copyTo, slice as sliceOf } from '../tensorflow/ops.js';
import { fromArray, type Tensor } from '../tensorflow/tensors.js';
import type { Routines } from '../webAssembly/routines.js';
import type { Rows } from './group.js';

export interface ExchangeRegion extends ExchangeMemory {
  readonly given: Form;
  readonly taken: Form;
  readonly width: number;
  readonly rows: Rows;
  readonly slices: number;
  readonly rank: number;
  readonly ranks: number;
  readonly routines: Routines;
}

export function writeExchange(exchange: ExchangeRegion, slice: number, tensor: Tensor): void {
  const { region, given, rows, width } = exchange;
  const start =
    given === 'images'
      ? rows.of(slice).start * width
      : given === 'features'
        ? rows.count * columnsOf(exchange, slice).start
        : slice * summandStride(rows.count * width);
  copyTo(region.subarray(start, start + tensor.size), tensor);
}

/** What slice `slice` takes; for `whole` it is the same for every slice. */
export function readExchange(exchange: ExchangeRegion, slice: number): Tensor {
  const { given, taken, rows, width, slices } = exchange;
  const wanted = taken === 'images' ? rows.of(slice) : { start: 0, end: rows.count };
  const columns = taken === 'features' ? columnsOf(exchange, slice) : { start: 0, end: width };
  if (given === 'images') return cutColumns(readRows(exchange, wanted), columns);
  if (given === 'partial') return sumSummands(exchange, wanted, columns);
  return concat(
    Array.from({ length: slices }, (_, writer) => readBlock(exchange, writer, wanted)),
    1,
  );
}

/** What a slice takes of a matrix that everyone has. */
export function cutWhole(whole: Tensor, taken: Form, rows: Rows, slices: number, slice: number): Tensor {
  if (taken === 'images') {
    const { start, end } = rows.of(slice);
    return sliceOf(whole, [start, 0], [end - start, -1]);
  }
  return taken === 'features' ? cutColumns(whole, partOf(whole.shape[1]!, slices, slice)) : whole;
}

const columnsOf = ({ width, slices }: ExchangeRegion, slice: number): Range => partOf(width, slices, slice);

function readRows({ region, width }: ExchangeRegion, { start, end }: Range): Tensor {
  return fromArray(region.subarray(start * width, end * width), [end - start, width]);
}

/** Rows of the block of columns that `writer` wrote. */
function readBlock(exchange: ExchangeRegion, writer: number, { start, end }: Range): Tensor {
  const columns = columnsOf(exchange, writer);
  const width = columns.end - columns.start;
  const first = exchange.rows.count * columns.start + start * width;
  return fromArray(exchange.region.subarray(first, first + (end - start) * width), [end - start, width]);
}

/** A part of the sum of the slices' summands, in memory that nobody writes before the next exchange of this name. */
function sumSummands(exchange: ExchangeRegion, rows: Range, columns: Range): Tensor {
  const { region, sums, width, slices, routines, rank, ranks, taken } = exchange;
  const [height, breadth] = [rows.end - rows.start, columns.end - columns.start];
  // Parts lie one after the other; of the whole every rank has its own.
  const ofSlice = rows.start * width + exchange.rows.count * columns.start;
  const first = taken === 'whole' ? (rank * sums.length) / ranks : ofSlice;
  const sum = sums.subarray(first, first + height * breadth);
  routines.sumSlices(
    region.byteOffset + 4 * (rows.start * width + columns.start),
    4 * summandStride(exchange.rows.count * width),
    slices,
    sum.byteOffset,
    height,
    4 * width,
    breadth,
  );
  return fromArray(sum, [height, breadth]);
}

function cutColumns(tensor: Tensor, { start, end }: Range): Tensor {
  return sliceOf(tensor, [0, start], [-1, end - start]);
}
