/**
 * From the tensors that files have to a whole state of this model: names, shapes and number types are compared, every
 * number is looked at, and velocities that no file has are 0.
 */

import type { NamedTensor } from '../model/stateLayout.js';
import { modelTensors, sizeOf, stateTensors, type TensorSpec } from '../model/tensors.js';
import { DataError } from '../shared/errors.js';
import { bytesPerNumber, type FloatType, type FoundTensor, type FoundTensors } from './foundTensors.js';
import { networks } from './networkLayers.js';
import { toFloat32 } from './toFloat32.js';

export interface TakenModel {
  /** A whole state, in the order of a checkpoint. */
  readonly tensors: readonly NamedTensor[];
  /** What a person should know. */
  readonly notes: readonly string[];
}

const problemsTold = 4;

/**
 * @param from - the file or files, for messages
 * @throws DataError naming each tensor that is missing, unknown, or not of its shape, and the first number that cannot be
 */
export function takeTensors(found: FoundTensors, from: string): TakenModel {
  const withoutVelocity = networks.filter(
    network => !Array.from(found.keys()).some(name => name.startsWith(`velocity/${network}/`)),
  );
  const isOptional = ({ name }: TensorSpec) => withoutVelocity.some(network => name.startsWith(`velocity/${network}/`));
  const expected = stateTensors.filter(spec => !isOptional(spec));
  const problems = [...expected.flatMap(spec => problemsOf(spec, found.get(spec.name))), ...unknownNames(found)];
  if (problems.length > 0) throw new DataError(`${from} does not fit this model: ${listProblems(problems)}`, from);
  const tensors = stateTensors.map(spec => take(spec, found.get(spec.name), from));
  return { tensors, notes: [...describeVelocities(withoutVelocity), ...describeTypes(found)] };
}

function problemsOf({ name, shape }: TensorSpec, found: FoundTensor | undefined): string[] {
  if (!found) return [`${name} is missing`];
  if (String(found.shape) !== String(shape)) return [`${name} expects [${shape}], found [${found.shape}]`];
  if (Object.hasOwn(bytesPerNumber, found.type)) return [];
  return [`${name} expects float32 (or float64, float16, bfloat16), found ${found.type}`];
}

function unknownNames(found: FoundTensors): string[] {
  const known = new Set(stateTensors.map(({ name }) => name));
  return [...found.keys()].filter(name => !known.has(name)).map(name => `${name.slice(0, 100)} is no tensor of it`);
}

function listProblems(problems: readonly string[]): string {
  const told = problems.slice(0, problemsTold).join('; ');
  return problems.length > problemsTold ? `${told}; and ${problems.length - problemsTold} more` : told;
}

function take(spec: TensorSpec, found: FoundTensor | undefined, from: string): NamedTensor {
  if (!found) return { ...spec, data: new Float32Array(sizeOf(spec.shape)) };
  const data = toFloat32(found.bytes, found.type as FloatType);
  const isVariance = spec.name.endsWith('/moving_variance');
  const bad = data.findIndex(value => !Number.isFinite(value) || (isVariance && value < 0));
  if (bad === -1) return { ...spec, data };
  const expected = isVariance ? 'a finite number that is not negative' : 'finite numbers';
  throw new DataError(`${from}: ${spec.name} expects ${expected}, found ${data[bad]} at place ${bad}`, from);
}

function describeVelocities(without: readonly string[]): string[] {
  if (without.length === 0) return [];
  const whose = without.length === networks.length ? '' : ` of the ${without[0]}`;
  return [`there are no velocities${whose}: they start at 0`];
}

/** Widening is exact; only float64 loses digits. */
function describeTypes(found: FoundTensors): string[] {
  const types = new Set(modelTensors.map(({ name }) => found.get(name)!.type));
  types.delete('float32');
  return [...types].map(type => `${type} became float32${type === 'float64' ? ', rounded' : ''}`);
}
