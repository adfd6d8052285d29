/**
 * Every name, dtype, shape and chunk of a run on disk. docs/store-format.md says the same for programs outside.
 *
 *     RUN.zarr/        the store: Zarr v2, nothing else
 *     RUN.zarr.lock    who writes it
 *     RUN.zarr.tmp/    files that are not yet, or no longer, part of it
 */
import { join } from 'node:path';
import { histogramBins } from '../model/histograms.js';
import { imagesPerGeneration } from '../model/imagesPerGeneration.js';
import type { ImageShape } from '../pictures/picture.js';
import { gridSize } from '../pictures/pixels.js';
import type { Sample, StepMetrics } from './records.js';

/** Metadata keys of Zarr v2. */
export const groupKey = '.zgroup';
export const attributesKey = '.zattrs';
export const arrayKey = '.zarray';
export const consolidatedKey = '.zmetadata';
export const dimensionsAttribute = '_ARRAY_DIMENSIONS';

export const checkpointsGroup = 'checkpoints';
export const generatorsGroup = 'generators';

/** `468` → `00000468`. */
export const checkpointName = (step: number): string => String(step).padStart(8, '0');
/** Whether a key is in a checkpoint, or in an epoch's generator: those have manifests of their own. */
export const isInTensorFolder = (key: string): boolean => /^(checkpoints|generators)\/\d/.test(key);
/** Path of a checkpoint's group inside the store. */
export const checkpointPath = (step: number): string => `${checkpointsGroup}/${checkpointName(step)}`;
/** Path of an epoch's generator. */
export const generatorPath = (step: number): string => `${generatorsGroup}/${checkpointName(step)}`;
/** The step of a checkpoint's name, or undefined when it is no such name. Steps are int32. */
export const stepOfCheckpointName = (name: string): number | undefined =>
  /^\d{8,10}$/.test(name) && checkpointName(Number(name)) === name && Number(name) < 2 ** 31 ? Number(name) : undefined;

/** File of a store's key: keys always use `/`. */
export const fileOf = (run: string, key: string): string => join(run, ...key.split('/'));

export type Dtype = '<f2' | '<f4' | '<i4' | '<u8' | '|u1';
/** Of tensors: those of a checkpoint, and those of an epoch's generator. */
export type TensorDtype = '<f4' | '<f2';
export const itemBytes: Readonly<Record<Dtype, number>> = { '<f2': 2, '<f4': 4, '<i4': 4, '<u8': 8, '|u1': 1 };

/** An array that grows along its first dimension, `step`. */
export interface ColumnSpec<Row> {
  readonly name: string;
  readonly dtype: Dtype;
  /** Shape of one row: `[]` for a number. */
  readonly itemShape: readonly number[];
  readonly dimensions: readonly string[];
  readonly chunkRows: number;
  readonly compressed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: (row: Row) => number | bigint | Uint8Array | undefined;
}

/** A group of columns of one length. */
export interface TableSpec<Row> {
  readonly group: 'metrics' | 'samples';
  readonly columns: readonly ColumnSpec<Row>[];
}

const numberColumn = <Row>(
  name: string,
  dtype: Dtype,
  value: (row: Row) => number | bigint,
  attributes: Readonly<Record<string, unknown>>,
): ColumnSpec<Row> => ({
  name,
  dtype,
  value,
  attributes,
  itemShape: [],
  dimensions: ['step'],
  chunkRows: 1024,
  compressed: false,
});

/** `metrics/`: one row a step, row index = step. */
export const metricsTable: TableSpec<StepMetrics> = {
  group: 'metrics',
  columns: [
    numberColumn('step', '<i4', m => m.step, { long_name: 'step, from 0' }),
    numberColumn('d_loss', '<f4', m => m.dLoss, { long_name: 'discriminator loss', units: 'nats' }),
    numberColumn('g_loss', '<f4', m => m.gLoss, { long_name: 'generator loss', units: 'nats' }),
    numberColumn('d_real', '<f4', m => m.dReal, { long_name: 'mean D(x) before the update' }),
    numberColumn('d_fake', '<f4', m => m.dFake, { long_name: 'mean D(G(z)) before the update' }),
    numberColumn('fake_spread', '<f4', m => m.fakeSpread, {
      long_name: 'standard deviation between the fakes, mean over pixels from -1 to 1',
    }),
    numberColumn('saturation', '|u1', m => m.saturation, {
      long_name: "sum of 1: D's loss near 0 for long, 2: fakes alike for long, 4: losses above 10 for long",
    }),
    numberColumn('fingerprint', '<u8', m => m.fingerprint, {
      long_name: 'sum of the bits of all parameters, moving statistics and velocities after the step',
    }),
    numberColumn('step_ms', '<f4', m => m.stepMs, { long_name: 'wall time of the step', units: 'ms' }),
  ],
};

/** The column of metrics at a path, as `metrics/d_loss`. */
export const metricAt = (path: string): ColumnSpec<StepMetrics> | undefined =>
  metricsTable.columns.find(({ name }) => path === `${metricsTable.group}/${name}`);

/** What a metric is, as `discriminator loss, nats`; undefined at a path of none. */
export function describeMetric(path: string): string | undefined {
  const { long_name, units } = metricAt(path)?.attributes ?? {};
  return long_name === undefined ? undefined : [long_name, units].filter(text => text !== undefined).join(', ');
}

/** Images of `samples/fixed`. */
export const fixedImages = imagesPerGeneration;

/** The grid that holds a batch of such images. */
export function gridPixels(batchSize: number, { height, width, channels }: ImageShape): ImageShape {
  const { rows, columns } = gridSize(batchSize);
  return { height: rows * height, width: columns * width, channels };
}

/**
 * Columns of `samples/` that runs from before they were there have not.
 * @param tensors - names, in the order of the plan
 */
const histogramColumns = (tensors: readonly string[]): readonly ColumnSpec<Sample>[] => [
  {
    name: histogramName,
    dtype: '<i4',
    itemShape: [tensors.length, histogramBins],
    dimensions: ['step', 'tensor', 'bin'],
    attributes: { long_name: "how many of a tensor's numbers are in each part of its range", tensors },
    chunkRows: 1,
    compressed: true,
    value: s => s.histograms && bytesOf(s.histograms.counts),
  },
  {
    name: `${histogramName}_range`,
    dtype: '<f4',
    itemShape: [tensors.length, 2],
    dimensions: ['step', 'tensor', 'bound'],
    attributes: { long_name: "a tensor's least and largest number", tensors },
    chunkRows: 1,
    compressed: false,
    value: s => s.histograms && bytesOf(s.histograms.range),
  },
];

/** The column whose presence says that a run keeps histograms. */
export const histogramName = 'histogram';

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array | Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/**
 * `samples/`: one row a sample; a grid is one chunk. Only pictures in colour have a dimension of channels.
 * @param histograms - names of the tensors that are counted; none in a run from before there were histograms
 */
export function samplesTable(
  image: ImageShape,
  grid: ImageShape,
  histograms: readonly string[] | undefined,
): TableSpec<Sample> {
  const pictures = { dtype: '|u1', chunkRows: 1, compressed: true } as const;
  const channelsOf = ({ channels }: ImageShape) => (channels === 1 ? [] : [channels]);
  const channelDimension = channelsOf(image).map(() => 'channel');
  return {
    group: 'samples',
    columns: [
      numberColumn('step', '<i4', s => s.step, { long_name: 'step the sample was taken at' }),
      {
        ...pictures,
        name: 'grid',
        itemShape: [grid.height, grid.width, ...channelsOf(grid)],
        dimensions: ['step', 'grid_y', 'grid_x', ...channelDimension],
        attributes: { long_name: 'the fakes of the step, as one picture' },
        value: s => s.grid.pixels,
      },
      {
        ...pictures,
        name: 'fixed',
        itemShape: [fixedImages, image.height, image.width, ...channelsOf(image)],
        dimensions: ['step', 'image', 'y', 'x', ...channelDimension],
        attributes: { long_name: 'the same noise every time' },
        value: s => s.fixed,
      },
      ...(histograms ? histogramColumns(histograms) : []),
    ],
  };
}

const noImage: ImageShape = { height: 0, width: 0, channels: 1 };

/** Folders of a run, parents first; '' is its own. (The size of its pictures names none of them.) */
export const runFolders: readonly string[] = [
  '',
  checkpointsGroup,
  generatorsGroup,
  ...[metricsTable, samplesTable(noImage, noImage, [])].flatMap(({ group, columns }) => [
    group,
    ...columns.map(({ name }) => `${group}/${name}`),
  ]),
];

/** Those that a run has: one from before 2026-11-27 has no generators and no histograms. */
export const foldersOf = (metadata: { has(key: string): boolean }): string[] =>
  runFolders.filter(folder => {
    const isNewer = folder === generatorsGroup || histogramColumns([]).some(({ name }) => folder === `samples/${name}`);
    return !isNewer || metadata.has(`${folder}/${arrayKey}`) || metadata.has(`${folder}/${groupKey}`);
  });
