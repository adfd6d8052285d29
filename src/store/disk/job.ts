/**
 * What a scheduler calls the job that this process belongs to. It never runs one job twice at a time, so a lock that an
 * earlier start of the same job left on another machine is that of a dead process, by the scheduler's word.
 */

export interface Job {
  scheduler: string;
  id: string;
  /** How often the job was started before, where its scheduler counts that. */
  restarts?: number;
}

/** The job in the environment: one that a person or a manifest names, or Slurm's. */
export function describeJob(environment: NodeJS.ProcessEnv = process.env): Job | undefined {
  const { GAN_DIST_JOB, SLURM_JOB_ID, SLURM_CLUSTER_NAME = '', SLURM_RESTART_COUNT = '0' } = environment;
  if (GAN_DIST_JOB) return { scheduler: 'GAN_DIST_JOB', id: GAN_DIST_JOB };
  if (!SLURM_JOB_ID) return undefined;
  return { scheduler: 'Slurm', id: `${SLURM_JOB_ID}@${SLURM_CLUSTER_NAME}`, restarts: Number(SLURM_RESTART_COUNT) };
}

/** Who runs in a job: when the process was started, and when it took the lock, ISO 8601. */
interface Start {
  job?: Job;
  started: string;
  since: string;
}

/** Whether `later` is a later start of the job that `earlier` belonged to. */
export function isRestartOf(later: Start, earlier: Start): boolean {
  const [job, before] = [later.job, earlier.job];
  if (!job || !before || job.scheduler !== before.scheduler || job.id !== before.id) return false;
  // Within one start of a Slurm job several programs may run at once.
  if (job.restarts !== undefined) return before.restarts !== undefined && job.restarts > before.restarts;
  // Programs that one start of a job runs at once are started before any of them has a lock.
  return Date.parse(later.started) > Date.parse(earlier.since);
}
