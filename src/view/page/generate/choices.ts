/** Which generators a run has: those of its checkpoints, and those that it kept of its epochs. */
import type { Network } from '../../../model/description.js';
import { count } from '../facts/describe.js';
import type { OpenRun } from '../panel.js';

export interface GeneratorChoice {
  readonly kind: 'checkpoint' | 'epoch';
  readonly step: number;
  readonly label: string;
  /** The group's path in the store; it names the choice. */
  readonly path: string;
}

/** The newest first. */
export function listGenerators(run: OpenRun): GeneratorChoice[] {
  const { metadata } = run;
  return Object.keys(metadata)
    .flatMap(key => {
      const [, path, group] = /^((checkpoints|generators)\/\d+)\/\.zattrs$/.exec(key) ?? [];
      const kind = group === 'checkpoints' ? 'checkpoint' : 'epoch';
      if (!path || !hasNetwork(run, { kind, path }, 'generator')) return [];
      const { step, epoch } = metadata[key] as { step: number; epoch: number };
      const label = kind === 'checkpoint' ? `Checkpoint ${count(step)}` : `Epoch ${count(epoch)} (step ${count(step)})`;
      return [{ kind, step, label, path } as const];
    })
    .sort((a, b) => b.step - a.step);
}

/** Where the discriminator of the same step is, if the run has it. */
export function findDiscriminator(run: OpenRun, { step }: Pick<GeneratorChoice, 'step'>): string | undefined {
  const path = `checkpoints/${String(step).padStart(8, '0')}`;
  return hasNetwork(run, { kind: 'checkpoint', path }, 'discriminator') ? path : undefined;
}

/** By the array of its first tensor. */
function hasNetwork(run: OpenRun, choice: Pick<GeneratorChoice, 'kind' | 'path'>, network: Network): boolean {
  const [, first] = tensorsOf(run, choice, network)[0] ?? [];
  return run.metadata[`${first}/.zarray`] !== undefined;
}

/**
 * Arrays of a network, by the tensors' names. An epoch's generator is a generator: its layers have
 * no `generator/` before their names.
 */
export const tensorsOf = (
  { layers }: OpenRun,
  { kind, path }: Pick<GeneratorChoice, 'kind' | 'path'>,
  network: Network,
): [name: string, path: string][] =>
  layers[network].flatMap(({ title, tensors }) =>
    tensors.map(({ name, fullName }): [string, string] => [
      fullName,
      `${path}/${kind === 'epoch' ? `${title}/${name}` : fullName}`,
    ]),
  );
