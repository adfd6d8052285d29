/** What a person should know of a run that is gone on with, and what the run notes of it. */
import { hostname } from 'node:os';
import { type Config, checkStoredConfig, listChanges } from '../../config/config.js';
import { describeEngine, listEngineChanges } from '../../shared/engine.js';
import type { FormerOwner, Recovery, Run } from '../../store/index.js';
import type { Notify } from './events.js';

/** What was lost or mended when the run was opened. */
export function tellRecovery(recovery: Recovery, notify: Notify): void {
  const { position, lostSteps, deletedCheckpoints, problems, takenOverFrom } = recovery;
  if (takenOverFrom) notify('lock', describeTakeover(takenOverFrom));
  const good = position?.step ?? 0;
  for (const { step, problems: damage } of deletedCheckpoints) {
    const again = `the run goes back to checkpoint ${good}, and does ${formatSteps(good, step - 1)} again`;
    notify('damage', `checkpoint ${step} is damaged (${damage[0]?.message}) and was deleted; ${again}`, {
      checkpoint: step,
    });
  }
  for (const { message, lost } of problems) notify('damage', message, lost && { lost });
  if (lostSteps > 0) {
    const again = { from: good, to: good + lostSteps - 1 };
    const count = lostSteps === 1 ? '1 step' : `${lostSteps} steps`;
    notify('recovery', `done again after checkpoint ${good}: ${count} (${formatSteps(again.from, again.to)})`, {
      again,
    });
  }
}

function describeTakeover({ pid, host, grounds, job }: FormerOwner): string {
  const who = host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  const why = {
    dead: 'which is gone',
    job: `which an earlier start of the same job left (${job?.scheduler} ${job?.id})`,
    told: 'as --take-over says',
  };
  return `took over the lock of ${who}, ${why[grounds]}`;
}

const formatSteps = (from: number, to: number): string => (from === to ? `step ${from}` : `steps ${from} to ${to}`);

/** The stored config is replaced by the new one: the events keep what it was before. */
export function tellChanges(run: Run, config: Config, notify: Notify): void {
  const changes = listChanges(checkStoredConfig(run.config, run.path), config);
  if (changes.length === 0) return;
  const list = changes.map(({ key, before, after }) => `${key} ${before ?? 'none'} → ${after ?? 'none'}`);
  notify('config', `the run's config changes: ${list.join(', ')}`);
}

/** The event holds the engine, so that a replay knows which one computed a step. */
export function tellEngine(run: Run, step: number, notify: Notify): void {
  const engine = describeEngine();
  const changes = listEngineChanges(run.engineAt(step), engine);
  if (changes.length === 0) return;
  const list = changes
    .map(({ name, before, after }) => `${name}: ${before} until now, ${after} from now on`)
    .join('; ');
  notify('engine', `the run goes on with another engine or processor (${list}): numbers may round differently`, {
    engine,
  });
}
