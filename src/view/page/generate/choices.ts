/** Which generators a run has: those of its checkpoints, and those that it kept of its epochs. */
import { modelTensors } from '../../../model/tensors.js';
import { count } from '../facts/describe.js';
import type { OpenRun } from '../panel.js';
import type { NetworkName } from './networks.js';

export interface GeneratorChoice {
  readonly kind: 'checkpoint' | 'epoch';
  readonly step: number;
  readonly label: string;
  /** The group's path in the store; it names the choice. */
  readonly path: string;
}

/** The newest first. */
export function listGenerators({ metadata }: OpenRun): GeneratorChoice[] {
  return Object.keys(metadata)
    .flatMap(key => {
      const [, path, group] = /^((checkpoints|generators)\/\d+)\/\.zattrs$/.exec(key) ?? [];
      const kind = group === 'checkpoints' ? 'checkpoint' : 'epoch';
      if (!path || !metadata[`${pathOf({ kind, path }, 'generator/dense_1/kernel')}/.zarray`]) return [];
      const { step, epoch } = metadata[key] as { step: number; epoch: number };
      const label = kind === 'checkpoint' ? `Checkpoint ${count(step)}` : `Epoch ${count(epoch)} (step ${count(step)})`;
      return [{ kind, step, label, path } as const];
    })
    .sort((a, b) => b.step - a.step);
}

/** Where the discriminator of the same step is, if the run has it. */
export function findDiscriminator({ metadata }: OpenRun, { step }: GeneratorChoice): string | undefined {
  const path = `checkpoints/${String(step).padStart(8, '0')}`;
  return metadata[`${path}/discriminator/conv_1/kernel/.zarray`] ? path : undefined;
}

/** Arrays of a network, by the tensors' names. */
export const tensorsOf = (
  choice: Pick<GeneratorChoice, 'kind' | 'path'>,
  network: NetworkName,
): [name: string, path: string][] =>
  modelTensors.filter(({ name }) => name.startsWith(`${network}/`)).map(({ name }) => [name, pathOf(choice, name)]);

/** An epoch's generator is a generator: its tensors have no `generator/` before their names. */
const pathOf = ({ kind, path }: Pick<GeneratorChoice, 'kind' | 'path'>, name: string): string =>
  `${path}/${kind === 'epoch' ? name.replace('generator/', '') : name}`;
