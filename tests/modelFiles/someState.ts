/** A whole state with numbers that are cheap to make, and no two tensors alike. */
import { type Plan, referencePlan } from '../../src/model/plan.js';
import { sizeOf } from '../../src/model/shape.js';
import type { Tensor } from '../../src/store/index.js';

export function someState({ state }: Plan = referencePlan()): Map<string, Tensor> {
  return new Map(
    state.map(({ name, shape, minimum = -0.5 }, place) => {
      const data = new Float32Array(sizeOf(shape));
      for (let i = 0; i < data.length; i++) data[i] = ((((i + place) * 2654435761) >>> 8) * 2 ** -24 + minimum) * 0.1;
      return [name, { name, shape, data }];
    }),
  );
}

/** Names of the tensors that are not the same bits, or that only one has. */
export function findDifferent(actual: ReadonlyMap<string, Tensor>, expected: ReadonlyMap<string, Tensor>): string[] {
  const bytesOf = (tensor?: Tensor) =>
    tensor ? Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength) : Buffer.alloc(0);
  const names = new Set([...actual.keys(), ...expected.keys()]);
  return [...names].filter(name => !bytesOf(actual.get(name)).equals(bytesOf(expected.get(name))));
}
