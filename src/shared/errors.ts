/**
 * Every error that a user can meet, tagged. A message says what was expected, what was found, where, and what to do.
 * The command line prints one line for these and a stack for anything else; across threads they travel as plain data.
 */

export class GanDistError extends Error {
  /** What the process exits with when this error ends it. */
  readonly exitCode: number = 1;
  override get name(): string {
    return this.constructor.name;
  }
}

/** A flag or an argument is wrong. */
export class UsageError extends GanDistError {
  override readonly exitCode = 2;
}

/** A value of the config is wrong. `path` is the dotted key, `file` where it was read, if it was. */
export class ConfigError extends GanDistError {
  override readonly exitCode = 2;
  constructor(
    message: string,
    readonly path?: string,
    readonly file?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A data file is missing, damaged or not what its place says. */
export class DataError extends GanDistError {
  constructor(
    message: string,
    readonly file?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** TensorFlow could not be loaded on this machine. */
export class EngineError extends GanDistError {}

/** The run's store cannot be written or read; `path` is the file or folder. */
export class StoreError extends GanDistError {
  constructor(
    message: string,
    readonly path?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The thread that writes the run has ended: nothing more can be written by this process. */
export class StoreThreadError extends StoreError {}

/** A checkpoint does not match its manifest, or is not there. */
export class CheckpointError extends StoreError {}

/** Another live process writes this run: `pid` on `host`, running since `started` (ISO 8601). */
export class LockError extends StoreError {
  readonly pid?: number;
  readonly host?: string;
  readonly started?: string;
  constructor(
    message: string,
    path?: string,
    owner?: { pid: number; host: string; started: string },
    options?: ErrorOptions,
  ) {
    super(message, path, options);
    this.pid = owner?.pid;
    this.host = owner?.host;
    this.started = owner?.started;
  }
}

/** A limit that the system sets to this process is below what it needs. */
export class LimitError extends GanDistError {}

/** A rank failed in a step. */
export class WorkerError extends GanDistError {
  constructor(
    message: string,
    readonly rank?: number,
    readonly step?: number,
    readonly phase?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Ranks did not reach a barrier before its deadline. */
export class StallError extends WorkerError {}

/** The step was given up because another rank failed. */
export class AbortedError extends WorkerError {}

/** The training process crashed, and is not started again; `step` is the one that it was in. */
export class CrashError extends GanDistError {
  constructor(
    message: string,
    readonly step?: number,
  ) {
    super(message);
  }
}

/** Training met a number that is not finite: `tensor` of `network` (or its loss, without one) in `step`. */
export class DivergenceError extends GanDistError {
  constructor(
    message: string,
    readonly step: number,
    readonly network: string,
    readonly tensor?: string,
  ) {
    super(message);
  }
}

const classes = {
  GanDistError,
  UsageError,
  ConfigError,
  DataError,
  EngineError,
  StoreError,
  CheckpointError,
  StoreThreadError,
  LockError,
  LimitError,
  WorkerError,
  StallError,
  AbortedError,
  CrashError,
  DivergenceError,
};

/** An error as data that survives a structured clone. */
export interface PlainError {
  name: string;
  message: string;
  stack?: string;
  fields: Record<string, unknown>;
  cause?: PlainError;
}

export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), fields: {} };
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    fields: Object.fromEntries(Object.entries(error).filter(([, value]) => typeof value !== 'object')),
    cause: error.cause === undefined ? undefined : toPlainError(error.cause),
  };
}

/** Rebuilds what `toPlainError` took apart: the same class, fields, message, stack and cause. */
export function fromPlainError(plain: PlainError): Error {
  const prototype = (classes[plain.name as keyof typeof classes] ?? Error).prototype;
  const error = Object.create(prototype) as Error;
  Object.assign(error, plain.fields);
  const hidden = { message: plain.message, stack: plain.stack, cause: plain.cause && fromPlainError(plain.cause) };
  for (const [key, value] of Object.entries(hidden)) {
    if (value !== undefined) Object.defineProperty(error, key, { value, writable: true, configurable: true });
  }
  return error;
}
