/** A run in a few lines: what it is, how far it is, and how the game between the two networks stands. */
import path from 'node:path';
import { type Config, checkStoredConfig } from '../../config/config.js';
import { planSchedule } from '../../coordinator/steps/schedule.js';
import { formatFingerprint } from '../../model/comparison/fingerprint.js';
import { describeSaturation } from '../../model/saturation.js';
import { sizeOf } from '../../model/shape.js';
import { StoreError } from '../../shared/errors.js';
import {
  type ArrayInfo,
  checkpointName,
  describeLost,
  type Lost,
  type Metrics,
  type Run,
  type RunEvent,
} from '../../store/index.js';
import type { Position } from '../../store/records.js';
import { formatBytes, formatCount, plural } from '../terminal/format.js';
import { averageLast, recentSteps, type Standing } from './standing.js';

export interface RunSummary {
  path: string;
  runId: string;
  format: number;
  /** ISO 8601. */
  created: string;
  config: Config;
  data: Record<string, unknown>;
  engine: Record<string, unknown>;
  /** Steps whose metrics are on disk, and what the config plans. */
  progress: { steps: number; plannedSteps: number; batchesPerEpoch: number; plannedEpochs: number };
  /** The newest checkpoint. */
  latest: Position | null;
  checkpoints: readonly number[];
  samples: number;
  lastStep: (Standing & { step: number; saturation: number; fingerprint: string }) | null;
  /** Means over the last steps: one step's losses are noisy. */
  recent: (Standing & { steps: number }) | null;
  events: RunEvent[];
  /** On disk, of the arrays. */
  bytes: { checkpoints: number; generators: number; metrics: number; samples: number; total: number };
  /** Metrics and samples that damage has cost the run. */
  lost: Lost[];
  /** What could not be read, and is not shown here therefore; and files of checkpoints that are not there. */
  problems: string[];
}

export async function summarize(run: Run, arrays: readonly ArrayInfo[]): Promise<RunSummary> {
  const { runId, format, created, data, engine, events, rows } = run.attributes;
  const config = checkStoredConfig(run.config, run.path);
  const schedule = planSchedule(config, run.imageCount);
  const problems = [...(run.damage ? [run.damage] : []), ...findMissing(run, arrays)];
  const metrics = await run.readMetrics().catch(error => {
    if (!(error instanceof StoreError)) throw error;
    problems.push(error.message);
    return undefined;
  });
  return {
    path: run.path,
    runId,
    format,
    created,
    config,
    data,
    engine,
    progress: {
      steps: run.steps,
      plannedSteps: schedule.lastStep,
      batchesPerEpoch: schedule.batchesPerEpoch,
      plannedEpochs: config.training.epochs,
    },
    latest: run.latest,
    checkpoints: run.checkpoints,
    samples: rows.samples,
    lastStep: metrics && run.steps > 0 ? readLast(metrics) : null,
    recent:
      metrics && run.steps > 1
        ? { steps: Math.min(recentSteps, run.steps), ...averageLast(metrics, recentSteps) }
        : null,
    events,
    bytes: measure(arrays),
    lost: run.attributes.lost ?? [],
    problems,
  };
}

/** Checkpoints with tensors that are missing or have not their size: a look at the sizes only. */
function findMissing(run: Run, arrays: readonly ArrayInfo[]): string[] {
  return run.checkpoints.flatMap(step => {
    const tensors = arrays.filter(({ path }) => path.startsWith(`checkpoints/${checkpointName(step)}/`));
    const bad = tensors.filter(({ shape, bytes }) => bytes !== 4 * sizeOf(shape));
    if (bad.length === 0 && tensors.length > 0) return [];
    const where = path.join(run.path, 'checkpoints', checkpointName(step));
    if (bad.length === tensors.length) return [`checkpoint ${step} is missing: ${where}`];
    return [
      `checkpoint ${step} is damaged: ${bad.length} of ${tensors.length} tensors in ${where} have not their size`,
    ];
  });
}

function readLast(metrics: Metrics): RunSummary['lastStep'] {
  const fingerprint = formatFingerprint(metrics.fingerprint.at(-1)!);
  const saturation = metrics.saturation.at(-1)!;
  return { step: metrics.step.at(-1)!, ...averageLast(metrics, 1), saturation, fingerprint };
}

function measure(arrays: readonly ArrayInfo[]): RunSummary['bytes'] {
  const sum = (group: string) =>
    arrays.filter(({ path }) => path.startsWith(group)).reduce((total, { bytes }) => total + bytes, 0);
  const [checkpoints, generators, metrics, samples] = [
    sum('checkpoints/'),
    sum('generators/'),
    sum('metrics/'),
    sum('samples/'),
  ];
  return { checkpoints, generators, metrics, samples, total: checkpoints + generators + metrics + samples };
}

export function formatSummary(summary: RunSummary): string {
  const rows: [string, string][] = [
    ['run', `${summary.runId}, format ${summary.format}, created ${summary.created}`],
    ['config', describeConfig(summary.config)],
    ['data', describeData(summary.data, summary.config)],
    ['engine', describeEngine(summary.engine)],
    ['progress', describeProgress(summary)],
    ['checkpoint', describeCheckpoint(summary)],
    ...describeGame(summary),
    ['size', describeSize(summary)],
    ...summary.lost.map((lost): [string, string] => ['lost', describeLost(lost)]),
    ...summary.problems.map((problem): [string, string] => ['problem', `${problem}; --verify looks at everything`]),
    ...summary.events.map(({ step, time, kind, message }, i): [string, string] => [
      i === 0 ? 'events' : '',
      `step ${step}, ${time}: ${kind}: ${message}`,
    ]),
  ];
  return [summary.path, ...rows.map(([name, text]) => `  ${name.padEnd(11)}${text}`)].join('\n');
}

function describeConfig({ training, parallel }: Config): string {
  const { epochs, batchSize, seed, learningRate, momentum, shuffle, discriminatorSteps } = training;
  return [
    plural(epochs, 'epoch'),
    `batch ${batchSize}`,
    `seed ${seed}`,
    `learning rate ${learningRate}`,
    `momentum ${momentum}`,
    plural(parallel.slices, 'slice'),
    ...(parallel.precision === 'bfloat16' ? ['bfloat16'] : []),
    ...(shuffle ? ['shuffled'] : []),
    ...(discriminatorSteps > 1 ? [`${discriminatorSteps} turns of D to one of G`] : []),
  ].join(', ');
}

function describeData({ name, count, sha256 }: Record<string, unknown>, { data }: Config): string {
  return `${shown(count)} images of ${shown(name)} (${data.source}${data.transpose ? ', transposed' : ''}), SHA-256 ${shown(sha256).slice(0, 12)}…`;
}

function describeEngine({ name, version, tensorflow, platform, cpu }: Record<string, unknown>): string {
  return `${shown(name)} ${shown(version)}, TensorFlow ${shown(tensorflow)}, ${shown(platform)}, ${shown(cpu)}`;
}

/** What a store says, whatever its type: not everything that JSON holds can be made a text of. */
function shown(value: unknown): string {
  if (typeof value === 'number') return formatCount(value);
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'unknown');
}

function describeProgress({ progress, samples }: RunSummary): string {
  const { steps, plannedSteps, batchesPerEpoch, plannedEpochs } = progress;
  const epochs = Number((steps / batchesPerEpoch).toFixed(2));
  const done = steps >= plannedSteps ? ', done' : '';
  const taken = plural(samples, 'sample');
  return `${formatCount(steps)} of ${plural(plannedSteps, 'step')}, ${epochs} of ${plural(plannedEpochs, 'epoch')}${done}; ${taken}`;
}

function describeCheckpoint({ latest, checkpoints }: RunSummary): string {
  if (!latest) return 'none yet';
  const others = checkpoints.filter(step => step !== latest.step).reverse();
  const listed = others.slice(0, 4).join(', ');
  const more = others.length > 4 ? ` and ${others.length - 4} more` : '';
  const also = others.length === 0 ? '' : `; also ${listed}${more}`;
  return `${latest.step} (next: epoch ${latest.epoch}, batch ${latest.batch})${also}`;
}

/** Losses in nats. */
function describeGame({ lastStep, recent, progress }: RunSummary): [string, string][] {
  if (!lastStep) return [['losses', progress.steps === 0 ? 'none yet' : 'cannot be read: see the problem below']];
  const line = ({ dLoss, gLoss, dReal, dFake, stepMs }: Standing) =>
    `D ${dLoss.toFixed(4)}, G ${gLoss.toFixed(4)}; D(x) ${dReal.toFixed(3)}, D(G(z)) ${dFake.toFixed(3)}; ${Math.round(stepMs)} ms`;
  const bound = (recent ?? lastStep).divergenceBound;
  const proved = Number.isNaN(bound)
    ? 'unknown: losses of these steps are lost'
    : bound > 0
      ? `at least ${bound.toFixed(4)} nats between real and fake, as far as D can tell (0: alike, ${Math.LN2.toFixed(3)}: disjoint)`
      : `D proves nothing: log 2 − D loss is ${bound.toFixed(4)} nats (0: alike, ${Math.LN2.toFixed(3)}: disjoint)`;
  return [
    ['losses', `step ${lastStep.step}: ${line(lastStep)}; fingerprint ${lastStep.fingerprint}`],
    ...(recent ? [['', `mean of the last ${recent.steps}: ${line(recent)}`] as [string, string]] : []),
    ['divergence', proved],
    ...describeSaturation(lastStep.saturation).map((text): [string, string] => ['warning', text]),
  ];
}

function describeSize({ bytes }: RunSummary): string {
  const { total, ...parts } = bytes;
  const each = Object.entries(parts).map(([name, size]) => `${name} ${formatBytes(size)}`);
  return `${formatBytes(total)}: ${each.join(', ')}`;
}
