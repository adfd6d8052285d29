/**
 * The plan: all that follows from a model's description, as plain data. It goes to the threads with
 * their start message; the layout of the state and of the shared memory, the store's arrays,
 * histograms, exports and the page are derived from it or from the description.
 *
 *   description ─ describe → layers with shapes and tensors ─ fuse → operations ─ shard → forms and owners ─ plan
 */
import { type DescribedTensor, describe, listTensors } from './describe.js';
import { type ModelDescription, type Network, networks } from './description.js';
import type { Form } from './forms.js';
import { fuse } from './fuse.js';
import type { Initial } from './initial.js';
import { type OptimizerStep, optimizerSlots, type Slot } from './optimizers.js';
import { reference } from './presets.js';
import { type Shape, sizeOf } from './shape.js';
import { type Operation, type Owner, shard } from './shard.js';

/** A tensor of the state. */
export interface TensorPlan {
  /** As in the store: `generator/dense_1/kernel`, `velocity/generator/dense_1/kernel`. */
  readonly name: string;
  readonly network: Network;
  readonly shape: Shape;
  /** Names of the axes, for the store. */
  readonly dimensions: readonly string[];
  /** Gradients update a parameter; a statistic is replaced; the rest is the optimizer's. */
  readonly role: 'parameter' | 'statistic' | Slot['role'];
  readonly owner: Owner;
  readonly initial: Initial;
  /** The least that a number of it can be, if not every number can. */
  readonly minimum?: number;
  /**
   * What its error is measured by: the kernel of its layer, or that kernel's own slot of the same
   * kind. Itself where there is none.
   */
  readonly scale: string;
  /** Of a parameter: its slots' names by theirs, such as `velocity`. */
  readonly slots?: Readonly<Record<string, string>>;
}

/** A place where the form changes: `width` numbers an image, given in one form, are taken in another. */
export interface Exchange {
  /** Of the operation that takes them. */
  readonly name: string;
  readonly network: Network;
  readonly width: number;
  readonly given: Form;
  readonly taken: Form;
}

/** Consecutive operations with no exchange between them. */
export interface Segment {
  readonly operations: readonly Operation[];
  readonly before?: Exchange;
}

export interface NetworkPlan {
  readonly network: Network;
  readonly segments: readonly Segment[];
  /** After the last operation: G's images by image, D's logits whole. */
  readonly exit?: Exchange;
}

export interface Plan {
  readonly model: ModelDescription;
  readonly generator: NetworkPlan;
  readonly discriminator: NetworkPlan;
  /** Parameters and statistics; a tensor's place is its index in the random streams. */
  readonly tensors: readonly TensorPlan[];
  /** What a checkpoint holds: those, then each parameter's slots. */
  readonly state: readonly TensorPlan[];
  readonly exchanges: readonly Exchange[];
  /** Of which the slots are. */
  readonly optimizers: Optimizers;
}

export type Optimizers = Readonly<Record<Network, OptimizerStep['kind']>>;
const usualOptimizers: Optimizers = { generator: 'nesterov', discriminator: 'nesterov' };

/** @throws ConfigError for a model that does not fit together, or that there are no operations for */
export function planModel(model: ModelDescription, optimizers = usualOptimizers): Plan {
  const described = describe(model);
  const operations = {
    generator: shard(fuse(described.generator)),
    discriminator: shard(fuse(described.discriminator)),
  };
  const generator = planNetwork('generator', operations.generator, 'whole', exitOfGenerator);
  const discriminator = planNetwork('discriminator', operations.discriminator, 'images', exitOfDiscriminator);
  const owners = ownersOf([...operations.generator, ...operations.discriminator]);
  const tensors = listTensors(described).map(tensor => planTensor(tensor, owners.get(tensor.fullName)!, optimizers));
  return {
    model,
    generator,
    discriminator,
    tensors,
    state: [...tensors, ...tensors.flatMap(tensor => planSlots(tensor, optimizers))],
    exchanges: [generator, discriminator].flatMap(exchangesOf),
    optimizers,
  };
}

/** Whether a tensor is the optimizer's: it is not part of the model. */
export const isOfOptimizer = ({ role }: TensorPlan): boolean => role !== 'parameter' && role !== 'statistic';

/** Both networks' plans, in order. */
export const networksOf = (plan: Plan): NetworkPlan[] => networks.map(network => plan[network]);

let planOfReference: Plan | undefined;
/** The plan of the model that a run has which says nothing of its model. */
export function referencePlan(): Plan {
  planOfReference ??= planModel(reference);
  return planOfReference;
}

function planNetwork(
  network: Network,
  operations: readonly Operation[],
  input: Form,
  exitOf: (last: Operation) => Exchange | undefined,
): NetworkPlan {
  const segments: { operations: Operation[]; before?: Exchange }[] = [];
  let given = input;
  for (const operation of operations) {
    const before = exchangeBefore(operation, given);
    if (segments.length === 0 || before) segments.push({ operations: [operation], before });
    else segments.at(-1)!.operations.push(operation);
    given = operation.gives;
  }
  return { network, segments, exit: exitOf(operations.at(-1)!) };
}

/**
 * undefined where the operation's input comes in the form that it takes. From `whole` slices take
 * their own part alone.
 */
function exchangeBefore({ name, network, inputShape, takes }: Operation, given: Form): Exchange | undefined {
  return given === takes ? undefined : { name, network, width: sizeOf(inputShape), given, taken: takes };
}

const exitOfGenerator = ({ network, gives, outputShape }: Operation): Exchange | undefined =>
  gives === 'images'
    ? undefined
    : { name: 'images', network, width: sizeOf(outputShape), given: gives, taken: 'images' };

const exitOfDiscriminator = ({ network, gives }: Operation): Exchange => ({
  name: 'logits',
  network,
  width: 1,
  given: gives,
  taken: 'whole',
});

const exchangesOf = ({ segments, exit }: NetworkPlan): Exchange[] =>
  [...segments.map(({ before }) => before), exit].filter(exchange => exchange !== undefined);

function ownersOf(operations: readonly Operation[]): Map<string, Owner> {
  const owned = operations.flatMap(({ tensors, owners }) =>
    Object.entries(tensors).map(([name, fullName]) => [fullName, owners[name]!] as const),
  );
  return new Map(owned);
}

function planTensor(tensor: DescribedTensor, owner: Owner, optimizers: Optimizers): TensorPlan {
  const { fullName: name, network, shape, dimensions, role, initial, minimum, scale } = tensor;
  const planned = { name, network, shape, dimensions, role, owner, initial, minimum, scale: scale ?? name };
  if (role !== 'parameter') return planned;
  const slots = optimizerSlots[optimizers[network]].map(slot => [slot.name, slotName(slot, name)]);
  return { ...planned, slots: Object.fromEntries(slots) };
}

function planSlots(tensor: TensorPlan, optimizers: Optimizers): TensorPlan[] {
  if (tensor.role !== 'parameter') return [];
  const { slots: _, ...rest } = tensor;
  return optimizerSlots[optimizers[tensor.network]].map(slot => ({
    ...rest,
    name: slotName(slot, tensor.name),
    role: slot.role,
    initial: { kind: 'constant', value: 0 },
    scale: slotName(slot, tensor.scale),
  }));
}

const slotName = (slot: Slot, parameter: string): string => `${slot.name}/${parameter}`;
