/** What a run says of the engine that computed it. Public types reach this file, so it names none of the engine's own. */

/** What made a run's numbers: another engine, processor or setting may round differently. Plain JSON. */
export interface EngineDescription {
  name: 'tfjs-node';
  /** Of the npm package. */
  version: string;
  /** Of the C library underneath; 'unknown' before set-up has loaded it once. */
  tensorflow: string;
  platform: string;
  cpu: string;
  /** The processor's instruction sets for which oneDNN and Eigen have kernels of their own. */
  instructionSets: string[];
  /** TF_ENABLE_ONEDNN_OPTS, and ONEDNN_* where the user has set them. */
  environment: Record<string, string>;
  /** Of gan-dist itself (arithmetic.ts). */
  arithmetic: number;
}

export interface EngineChange {
  /** For people. */
  readonly name: string;
  readonly before: string;
  readonly after: string;
}
