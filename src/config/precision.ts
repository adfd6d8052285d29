/** The precision of a step's products: convolutions and dense layers. Everything else is float32. */

import { describeEngine } from '../shared/engine.js';
import { EngineError } from '../shared/errors.js';
import type { Config } from './config.js';

/**
 * As Linux names them. Without one of them bfloat16 would be slower than float32, and round
 * otherwise than with them.
 */
const bfloat16Sets = ['avx512_bf16', 'amx_bf16'];

/** For tests on machines without: TensorFlow can reckon in bfloat16 anywhere, slowly. */
const emulate = 'GAN_DIST_EMULATE_BFLOAT16';

/** @throws EngineError where this processor has no instructions for the precision */
export function assertPrecision({ parallel }: Pick<Config, 'parallel'>): void {
  if (parallel.precision === 'float32' || process.env[emulate] === '1') return;
  const { cpu, instructionSets } = describeEngine();
  if (bfloat16Sets.some(set => instructionSets.includes(set))) return;
  throw new EngineError(
    `parallel.precision bfloat16 needs a processor with AVX512-BF16 or AMX-BF16, which this one (${cpu}) has not; leave it at float32`,
  );
}
