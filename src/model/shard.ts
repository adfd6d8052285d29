/**
 * From operations to operations with forms: how each one's work is spread over the slices, and
 * which slice owns which part of its tensors.
 *
 *   operation          takes → gives        owner of the kernel
 *   dense that widens  whole → features     columns
 *   dense that narrows features → partial   rows; then bias and activation, features → features
 *   D's last dense     features → partial   rows
 *   batch norm         features → features  rows: a slice has all rows of its columns, so statistics need no exchange
 *   convolutions       images → images      summed
 *
 * A dense layer that widens followed by one that narrows are the column- and row-parallel layers of
 * Megatron-LM (Shoeybi et al. 2019, arXiv:1909.08053): what is exchanged is always the shorter
 * side.
 */
import type { Form } from './forms.js';
import type { FusedKind, FusedOperation } from './fuse.js';
import { sizeOf } from './shape.js';

export type OperationKind = Exclude<FusedKind, 'dense'> | 'denseColumns' | 'denseRows' | 'biased' | 'denseHead';

/**
 * Which slice updates which part of a tensor: its columns, its part of the first axis (`rows`), all
 * of it the first slice; or all slices have gradients of all of it, which are `summed`, and each
 * slice updates its part of the numbers.
 */
export type Owner = 'columns' | 'rows' | 'first' | 'summed';

export interface Operation extends Omit<FusedOperation, 'kind'> {
  readonly kind: OperationKind;
  readonly takes: Form;
  readonly gives: Form;
  /** By the tensors' names in the layer. */
  readonly owners: Readonly<Record<string, Owner>>;
}

export const shard = (operations: readonly FusedOperation[]): Operation[] =>
  operations.flatMap((operation, place) => {
    if (operation.kind !== 'dense') return [spread(operation)];
    const isLast = place === operations.length - 1;
    return shardDense(operation, isLast && operation.network === 'discriminator');
  });

const spreads = {
  batchNorm: { takes: 'features', gives: 'features', owner: 'rows' },
  upsampleConv: { takes: 'images', gives: 'images', owner: 'summed' },
  convPool: { takes: 'images', gives: 'images', owner: 'summed' },
  imageConvPool: { takes: 'images', gives: 'images', owner: 'summed' },
} as const satisfies Record<Exclude<FusedKind, 'dense'>, { takes: Form; gives: Form; owner: Owner }>;

function spread(operation: FusedOperation): Operation {
  const kind = operation.kind as Exclude<FusedKind, 'dense'>;
  const { owner, ...forms } = spreads[kind];
  const owners = Object.fromEntries(Object.keys(operation.tensors).map(name => [name, owner]));
  return { ...operation, kind, ...forms, owners };
}

function shardDense(operation: FusedOperation, isHead: boolean): Operation[] {
  const { kernel, bias } = operation.tensors as { kernel: string; bias?: string };
  const isOne = sizeOf(operation.outputShape) === 1;
  if (isHead && isOne && operation.activation === 'linear') {
    const owners = { kernel: 'rows', bias: 'first' } as const;
    return [{ ...operation, kind: 'denseHead', takes: 'features', gives: 'partial', owners }];
  }
  if (sizeOf(operation.outputShape) >= sizeOf(operation.inputShape)) {
    const owners = { kernel: 'columns', bias: 'rows' } as const;
    return [{ ...operation, kind: 'denseColumns', takes: 'whole', gives: 'features', owners }];
  }
  const product: Operation = {
    ...operation,
    ...{ kind: 'denseRows', takes: 'features', gives: 'partial', activation: 'linear' },
    tensors: { kernel },
    owners: { kernel: 'rows' },
  };
  const rest: Operation = {
    ...operation,
    ...{ kind: 'biased', takes: 'features', gives: 'features' },
    name: `bias of ${operation.name}`,
    inputShape: operation.outputShape,
    tensors: bias === undefined ? {} : { bias },
    owners: bias === undefined ? {} : { bias: 'rows' },
  };
  return [product, rest];
}
