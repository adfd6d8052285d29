/**
 * A stretch of a run computed again: from a checkpoint (or, from step 0 on, from the seed alone) to
 * a later one, with the losses and the fingerprint of every step on the way. Proof for a sceptic
 * that a run is what it says. Nothing is written.
 *
 *     gan-dist replay runs/mnist.zarr --from 400 --to 468
 */
import { type Config, checkStoredConfig } from '../../config/config.js';
import { fingerprintOf } from '../../model/comparison/fingerprint.js';
import { describeEngine, listEngineChanges } from '../../shared/engine.js';
import type { EngineChange } from '../../shared/engineDescription.js';
import { DataError, DivergenceError, EngineError, StoreError, UsageError } from '../../shared/errors.js';
import { describeLost, type Lost, openRun, type Run } from '../../store/index.js';
import { findTraining } from '../opening/openTraining.js';
import { countWorkers } from '../pool/countWorkers.js';
import { type Computed, computeStretch } from './computeStretch.js';
import { type Claims, findClaimedOtherwise, judge } from './replayVerdict.js';
import type { Verdict } from './verdict.js';

export interface ReplayOptions {
  /** Path of the run's store. */
  readonly run: string;
  /**
   * Steps of two checkpoints, `from` the earlier. Step 0 needs none, unless the run was imported:
   * its state is the seed's.
   */
  readonly from: number;
  readonly to: number;
  /** Worker threads; default `auto`. */
  readonly workers?: number | 'auto';
  /** Where the images are now, if not where the run found them. */
  readonly dataDir?: string;
  /** Told after every step: how many are done, and how many there are. */
  readonly onStep?: (done: number, total: number) => void;
  /** What a person should know, such as a step that is run again. */
  readonly onNotice?: (message: string) => void;
}

export interface Replay extends Verdict {
  /** In what this engine and processor differ from those that computed the stretch. */
  readonly engineChanges: readonly EngineChange[];
}

/**
 * Computes the steps between two checkpoints again and compares what the run holds of them.
 * @throws UsageError for steps out of order, StoreError when there is no run, CheckpointError when
 * a checkpoint is missing or damaged, WorkerError
 */
export async function replay(options: ReplayOptions): Promise<Replay> {
  const run = await openRun(options.run);
  assertStretch(run, options);
  if (options.from === 0 && run.imported)
    options.onNotice?.(`the run begins with its checkpoint 0: ${run.imported.message}`);
  const engineChanges = listEnginesElsewhere(run, options);
  return { ...(await test(run, options, engineChanges.length > 0)), engineChanges };
}

function assertStretch(run: Run, { from, to }: ReplayOptions): void {
  if (from >= to) throw new UsageError(`--from must be before --to, found ${from} and ${to}`);
  if (needsCheckpoint(run, from)) run.chooseCheckpoint(from);
  run.chooseCheckpoint(to);
}

/** The seed gives the state before the first step, but for a run that began with a model from elsewhere. */
const needsCheckpoint = (run: Run, from: number): boolean => from > 0 || run.imported !== undefined;

/** Of every engine that had a part in the stretch. */
function listEnginesElsewhere(run: Run, { from, to }: ReplayOptions): EngineChange[] {
  const here = describeEngine();
  const begun = run.attributes.events.map(({ step }) => step).filter(step => step > from && step < to);
  return [...new Set([from, ...begun])].flatMap(step => listEngineChanges(run.engineAt(step), here));
}

async function test(run: Run, options: ReplayOptions, isElsewhere: boolean): Promise<Verdict> {
  try {
    const claims = await readClaims(run, options);
    if (claims && !(await startsAsClaimed(run, options.from, claims))) {
      const finding = `checkpoint ${options.from} is not the state whose fingerprint the run's metrics hold`;
      return { answer: 'different', finding };
    }
    // Read first: a damaged checkpoint must not show only after hours, and a run that trains on may delete it.
    const claimed = await run.readCheckpoint(options.to);
    const computed = await compute(run, claims, options, isElsewhere);
    return judge(computed, { plan: run.plan, to: options.to, claims, claimed }, isElsewhere);
  } catch (error) {
    if (error instanceof DataError || error instanceof EngineError) {
      return { answer: 'not testable here', finding: error.message };
    }
    if (!(error instanceof DivergenceError)) throw error;
    const finding = `step ${error.step} gives numbers that are not finite (${error.tensor ?? `the ${error.network}'s loss`})`;
    return { answer: isElsewhere ? 'not testable here' : 'different', finding };
  }
}

/** Damaged metrics say nothing, but the checkpoints still do. */
async function readClaims(run: Run, { from, to, onNotice }: ReplayOptions): Promise<Claims> {
  const isOfStretch = (lost: Lost) => lost.array.startsWith('metrics/') && lost.from < to && lost.to >= from - 1;
  const lost = run.attributes.lost?.find(isOfStretch);
  if (lost) {
    onNotice?.(`${describeLost(lost)}; the metrics are not compared`);
    return undefined;
  }
  try {
    const metrics = await run.readMetrics();
    if (metrics.step.length >= to) return metrics;
    onNotice?.(`the run has metrics of ${metrics.step.length} steps only: they are not compared`);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    onNotice?.(`${error.message}; the metrics are not compared`);
  }
  return undefined;
}

/** What follows rightly from a forged state would be no proof. */
async function startsAsClaimed(run: Run, from: number, claims: NonNullable<Claims>): Promise<boolean> {
  if (from === 0) return true;
  const tensors = [...(await run.readCheckpoint(from)).values()];
  return fingerprintOf(tensors.map(({ data }) => data)) === claims.fingerprint[from - 1];
}

/** Ends early where the run cannot be right any more: on the engine that made it, at the first step that is another. */
async function compute(run: Run, claims: Claims, options: ReplayOptions, isElsewhere: boolean): Promise<Computed> {
  const { from, to, onStep, onNotice } = options;
  const config = configHere(run, options);
  const { dataset, plan } = await findTraining(config, true);
  const { workers, notice } = countWorkers(config);
  for (const note of [...(notice ? [notice] : []), ...(dataset.notes ?? [])]) onNotice?.(note);
  return computeStretch({
    config,
    plan,
    dataset,
    workers,
    checkpoint: needsCheckpoint(run, from) ? { path: run.path, step: from } : null,
    from,
    to,
    onStep: (step, done) => {
      onStep?.(done, to - from);
      return isElsewhere || findClaimedOtherwise(step, claims) === undefined;
    },
    notify: (_kind, message) => onNotice?.(message),
  });
}

/** The run's own, with the paths and the workers of this machine. */
function configHere(run: Run, { workers = 'auto', dataDir }: ReplayOptions): Config {
  const stored = checkStoredConfig(run.config, run.path);
  return {
    ...stored,
    data: dataDir === undefined ? stored.data : { ...stored.data, dir: dataDir },
    parallel: { ...stored.parallel, workers },
    output: { ...stored.output, run: run.path },
  };
}
