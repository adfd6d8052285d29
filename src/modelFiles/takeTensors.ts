/**
 * From the tensors that files have to a whole state of this model: names, shapes and number types are compared, every
 * number is looked at, and velocities that no file has are 0.
 */
import { networks } from '../model/description.js';
import { isOfOptimizer, type Plan, type TensorPlan } from '../model/plan.js';
import { sizeOf } from '../model/shape.js';
import type { StateTensor } from '../model/stateLayout.js';
import { DataError } from '../shared/errors.js';
import { bytesPerNumber, type FloatType, type FoundTensor, type FoundTensors } from './foundTensors.js';
import { toFloat32 } from './toFloat32.js';

export interface TakenModel {
  /** A whole state, in the order of a checkpoint. */
  readonly tensors: readonly StateTensor[];
  /** What a person should know. */
  readonly notes: readonly string[];
}

const problemsTold = 4;

/**
 * @param from - the file or files, for messages
 * @throws DataError naming each tensor that is missing, unknown, or not of its shape, and the first
 * number that cannot be
 */
export function takeTensors(found: FoundTensors, plan: Plan, from: string): TakenModel {
  const velocities = plan.state.filter(isOfOptimizer);
  const withoutVelocity = networks.filter(
    network => !velocities.some(tensor => tensor.network === network && found.has(tensor.name)),
  );
  const isOptional = (tensor: TensorPlan) => isOfOptimizer(tensor) && withoutVelocity.includes(tensor.network);
  const expected = plan.state.filter(tensor => !isOptional(tensor));
  const problems = [...expected.flatMap(each => problemsOf(each, found.get(each.name))), ...unknownNames(found, plan)];
  if (problems.length > 0) throw new DataError(`${from} does not fit this model: ${listProblems(problems)}`, from);
  const tensors = plan.state.map(tensor => take(tensor, found.get(tensor.name), from));
  return { tensors, notes: [...describeVelocities(withoutVelocity), ...describeTypes(found, plan)] };
}

function problemsOf({ name, shape }: TensorPlan, found: FoundTensor | undefined): string[] {
  if (!found) return [`${name} is missing`];
  if (String(found.shape) !== String(shape)) return [`${name} expects [${shape}], found [${found.shape}]`];
  if (Object.hasOwn(bytesPerNumber, found.type)) return [];
  const others = Object.keys(bytesPerNumber).slice(1).join(', ');
  const isWhole = /^[<>|]?[iub]\d|^u?int|^[IU]\d/i.test(found.type);
  const advice = isWhole ? ', quantised numbers without their scale: save it as float32' : '';
  return [`${name} expects float32 (or ${others}), found ${found.type}${advice}`];
}

function unknownNames(found: FoundTensors, { state }: Plan): string[] {
  const known = new Set(state.map(({ name }) => name));
  return [...found.keys()].filter(name => !known.has(name)).map(name => `${name.slice(0, 100)} is no tensor of it`);
}

function listProblems(problems: readonly string[]): string {
  const told = problems.slice(0, problemsTold).join('; ');
  return problems.length > problemsTold ? `${told}; and ${problems.length - problemsTold} more` : told;
}

function take(tensor: TensorPlan, found: FoundTensor | undefined, from: string): StateTensor {
  const { name, shape, minimum } = tensor;
  if (!found) return { ...tensor, data: new Float32Array(sizeOf(shape)) };
  const data = toFloat32(found.bytes, found.type as FloatType);
  if (data.length !== sizeOf(shape))
    throw new DataError(`${from}: ${name} has ${data.length} numbers, and its shape says ${sizeOf(shape)}`, from);
  const least = minimum ?? Number.NEGATIVE_INFINITY;
  const bad = data.findIndex(value => !Number.isFinite(value) || value < least);
  if (bad === -1) return { ...tensor, data };
  const expected = minimum === undefined ? 'finite numbers' : describeMinimum(minimum);
  throw new DataError(`${from}: ${name} expects ${expected}, found ${data[bad]} at place ${bad}`, from);
}

const describeMinimum = (minimum: number): string =>
  minimum === 0 ? 'a finite number that is not negative' : `a finite number from ${minimum} on`;

function describeVelocities(without: readonly string[]): string[] {
  if (without.length === 0) return [];
  const whose = without.length === networks.length ? '' : ` of the ${without[0]}`;
  return [`there are no velocities${whose}: they start at 0`];
}

/** Widening is exact; only float64 loses digits, and what was quantised had lost them. */
function describeTypes(found: FoundTensors, { state }: Plan): string[] {
  const tensors = state.flatMap(({ name }) => found.get(name) ?? []);
  const lossOf: Readonly<Record<string, string>> = { float64: ', rounded' };
  const types = new Set(
    tensors.map(({ type, origin }) => origin ?? `${type} became float32${lossOf[type] ?? ', exactly'}`),
  );
  types.delete('float32 became float32, exactly');
  return [...types];
}
