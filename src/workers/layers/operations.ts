/** Each kind of operation and its implementation. A new one is a file beside this one, and a line here. */
import type { Operation, OperationKind } from '../../model/shard.js';
import { batchNorm } from './batchNorm.js';
import { convPool } from './convPool.js';
import { biased, denseColumns, denseHead, denseRows } from './dense.js';
import { imageConvPool } from './imageConvPool.js';
import type { OperationImplementation } from './operation.js';
import { upsampleConv } from './upsampleConv.js';
import { canTransform } from './winograd.js';
import { winogradConvPool } from './winogradConvPool.js';

const implementations: Readonly<Record<OperationKind, OperationImplementation>> = {
  denseColumns,
  denseRows,
  biased,
  denseHead,
  batchNorm,
  upsampleConv,
  convPool,
  imageConvPool,
};

export function implementationOf({ kind, inputShape }: Operation): OperationImplementation {
  if (kind === 'convPool' && canTransform(inputShape[2]!)) return winogradConvPool;
  return implementations[kind];
}
