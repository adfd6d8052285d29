/** What a run says of itself, in the words of the page. */
import type { OpenRun } from '../panel.js';

type Fact = readonly [name: string, text: string];

export const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 });

/** Steps of an epoch; undefined when the run does not say it. */
export function batchesPerEpoch({ attributes }: OpenRun): number | undefined {
  const batches = Math.floor(attributes.data?.count / attributes.config?.training?.batchSize);
  return batches > 0 ? batches : undefined;
}

/** Steps that the config plans. A run may end earlier, with `--steps`. */
export const plannedSteps = (run: OpenRun): number =>
  (run.attributes.config?.training?.epochs ?? Number.NaN) * (batchesPerEpoch(run) ?? Number.NaN);

/** `Step 1,200, epoch 3` */
export function describeStep(run: OpenRun, step: number): string {
  const batches = batchesPerEpoch(run);
  if (!batches) return `Step ${count(step)}`;
  // The last picture is that of the step which would come next.
  const epoch = Math.min(
    Math.floor(step / batches) + 1,
    run.attributes.config.training.epochs ?? Number.POSITIVE_INFINITY,
  );
  return `Step ${count(step)}, epoch ${count(epoch)}`;
}

export function listFacts(run: OpenRun): Fact[] {
  const { runId, created, config, data, engine, latest, rows } = run.attributes;
  const { training = {} } = config ?? {};
  const batches = batchesPerEpoch(run);
  const planned = plannedSteps(run);
  return [
    ['Steps', Number.isFinite(planned) ? `${count(rows.metrics)} of ${count(planned)}` : count(rows.metrics)],
    ['Epochs', batches ? `${count(rows.metrics / batches)} of ${shown(training.epochs)}` : '–'],
    ['Checkpoint', latest ? `step ${count(latest.step)}` : 'none yet'],
    ['Data', `${shown(data?.count)} images of ${shown(data?.name)}`],
    ['Batch size', shown(training.batchSize)],
    ['Learning rate', shown(training.learningRate)],
    ['Seed', shown(training.seed)],
    ['Engine', [engine?.name, engine?.version].filter(Boolean).map(shown).join(' ') || '–'],
    ['Machine', [engine?.cpu, engine?.platform].filter(Boolean).map(shown).join(', ') || '–'],
    ['Created', shown(created).slice(0, 16).replace('T', ' ')],
    ['Identity', shown(runId)],
  ];
}

/** Every key of the config, dotted. */
export const listSettings = ({ attributes }: OpenRun): Fact[] => flatten(attributes.config ?? {});

function flatten(json: unknown, name = ''): Fact[] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return [[name, shown(json)]];
  return Object.entries(json).flatMap(([key, value]) => flatten(value, name ? `${name}.${key}` : key));
}

/** What a store says, whatever its type. */
function shown(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? count(value) : String(value);
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '–');
}
