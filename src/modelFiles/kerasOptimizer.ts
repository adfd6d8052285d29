/**
 * What of an optimizer that Keras saved is ours: the velocities of SGD with momentum. Its variables have numbers and no
 * names, and which number is which depends on Keras's version, a schedule of the learning rate, averages and more; so
 * velocities are known by their shapes, as a list that is that of the network's parameters.
 *
 * Source: keras/src/optimizers/base_optimizer.py and sgd.py of Keras 3.0 to 3.15, the same of Keras 2.15.
 */
import type { Network } from '../model/description.js';
import type { Plan, TensorPlan } from '../model/plan.js';
import { type FoundModel, type FoundTensor, isRecord } from './foundTensors.js';

/** An optimizer as a file describes it. */
export interface SavedOptimizer {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether it is inside one that scales the loss, as with float16: its velocities are the same. */
  readonly isInner: boolean;
}

/** @param saved - `{class_name, config}`; undefined where the network was not compiled */
export function describeOptimizer(saved: unknown, isInner = false): SavedOptimizer | undefined {
  if (!isRecord(saved) || typeof saved.class_name !== 'string') return undefined;
  const config = isRecord(saved.config) ? saved.config : {};
  const inner = config.inner_optimizer ?? config.optimizer;
  if (saved.class_name.startsWith('LossScaleOptimizer') && !isInner) return describeOptimizer(inner, true);
  return { className: saved.class_name.replace(/^Custom>/, '').slice(0, 60), config, isInner };
}

/** @param readVariables - reads the optimizer's own, in its order, if there are not more than so many */
export function findVelocities(
  optimizer: SavedOptimizer | undefined,
  readVariables: (most: number) => readonly FoundTensor[],
  plan: Plan,
  network: Network,
): FoundModel {
  if (!optimizer) return { tensors: new Map() };
  const nothing = (why: string): FoundModel => ({
    tensors: new Map(),
    notes: [`the ${network} was saved with ${why}: nothing of that is taken`],
  });
  const { className, config } = optimizer;
  if (className !== 'SGD') return nothing(`the optimizer ${className}`);
  if (!(Number(config.momentum) > 0)) return nothing('an SGD without momentum');
  const ours = velocitiesOf(plan, network);
  // Averages of the weights and sums of gradients come before, in turn or one after the other.
  const others = Number(config.use_ema === true) + Number(Number(config.gradient_accumulation_steps) > 0);
  const most = (others + 1) * ours.length + mostScalars;
  const tensors = readVariables(most).filter(({ shape }) => shape.length > 0);
  if (tensors.length === 0) return nothing('an SGD whose velocities are not in the file');
  const last = tensors.splice(-ours.length);
  if (shapesOf(last) !== shapesOf(ours) || !hasEach(tensors, ours, others))
    return nothing('an SGD whose variables are not one velocity for each parameter');
  return { tensors: new Map(last.map((tensor, i) => [ours[i]!.name, tensor])) };
}

type Shaped = Pick<FoundTensor, 'shape'>;

const shapesOf = (tensors: readonly Shaped[]): string => tensors.map(({ shape }) => `[${shape}]`).join();

/** Whether there are `times` tensors of the shape of each, in any order. */
function hasEach(tensors: readonly Shaped[], each: readonly Shaped[], times: number): boolean {
  const expected = Array.from({ length: times }, () => each).flat();
  const sorted = (list: readonly Shaped[]) => list.map(tensor => shapesOf([tensor])).sort();
  return String(sorted(tensors)) === String(sorted(expected));
}

/** Iterations, learning rate and the like. */
const mostScalars = 16;

/** In the order in which an optimizer is built: that of the layers. */
export const velocitiesOf = ({ state }: Plan, network: Network): TensorPlan[] =>
  state.filter(tensor => tensor.network === network && tensor.role === 'momentum');
