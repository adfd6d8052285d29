/**
 * Tensors under names of others: which is which, where shapes and what names say leave one meaning. A file has one
 * layout throughout; tensors whose names begin alike are those of one layer. All ways to match them are looked for, and
 * one is taken only if there is no other.
 */
import { type Network, networks } from '../../model/description.js';
import type { Plan } from '../../model/plan.js';
import { DataError } from '../../shared/errors.js';
import type { FoundModel, FoundTensors, Match } from '../foundTensors.js';
import { type LaidOut, type Layout, layOut, type Pair, takeFrom } from './layouts.js';
import { describeMeanings, describeNoMatch } from './sideBySide.js';
import { isLeftOut, type NamedTensor, splitName } from './tensorNames.js';

interface Meaning {
  readonly layout: Layout;
  readonly pairs: readonly Pair[];
}

/** @throws DataError with the names and shapes of both sides, where there is no way or more than one */
export function matchTensors(tensors: FoundTensors, plan: Plan, wanted: readonly Network[], file: string): FoundModel {
  const named = nameAll(tensors);
  const theirs = named.filter(({ name }) => !isLeftOut(name));
  const meanings = findMeanings(theirs, plan, wanted, file);
  const [meaning, other] = meanings;
  const ours = layOut(plan.model, wanted, 'channels last')!;
  if (!meaning) {
    const isOther = wanted.length === 1 && findMeanings(theirs, plan, [otherThan(wanted[0]!)], file).length > 0;
    const other = isOther ? otherThan(wanted[0]!) : undefined;
    throw new DataError(`${file} ${describeNoMatch(named, ours, other)}`, file);
  }
  if (other) throw new DataError(`${file} ${describeMeanings(meaning.pairs, other.pairs, named, ours)}`, file);
  return {
    tensors: new Map(meaning.pairs.map(({ ours, theirs }) => [ours.tensor.fullName, takeFrom(ours, theirs.tensor)])),
    notes: describeAssumptions(meaning, wanted),
    matches: [...meaning.pairs.map(describePair), ...named.filter(({ name }) => isLeftOut(name)).map(leftOut)],
  };
}

function nameAll(tensors: FoundTensors): NamedTensor[] {
  const named = Array.from(tensors, ([name, tensor]): NamedTensor => ({ name, tensor, ...splitName(name) }));
  const spoken = new Set(named.flatMap(({ layer, words }) => (words && layer !== undefined ? [layer] : [])));
  // Beside tensors whose words are known, one that is called otherwise is something else, such as `inv_std`.
  return named.map(each => {
    const isOther = !each.words && each.place === undefined && each.layer !== undefined && spoken.has(each.layer);
    return isOther ? { ...each, words: [] } : each;
  });
}

const otherThan = (network: Network): Network => networks.find(other => other !== network)!;

function describePair({ ours, theirs }: Pair): Match {
  const { tensor, shape, axes, isReordered } = ours;
  const isTurned = shape.length > 1 && axes.some((axis, i) => axis !== i);
  const how = [...(isTurned ? ['transposed'] : []), ...(isReordered ? ['features reordered'] : [])];
  return { from: theirs.name, shape, to: tensor.fullName, as: tensor.shape, how: how.join(', ') };
}

const leftOut = ({ name, tensor: { shape } }: NamedTensor): Match => ({ from: name, shape });

function describeAssumptions({ layout, pairs }: Meaning, wanted: readonly Network[]): string[] {
  const reordered = pairs.filter(({ ours }) => ours.isReordered).map(({ ours }) => ours.tensor.fullName);
  const whose = wanted.length === 2 ? '' : ` of the ${wanted[0]}`;
  return [
    `tensors${whose} were matched by names and shapes; activations, padding, batch norm's epsilon (PyTorch's is another) and what else such a file does not say are taken to be this model's`,
    ...(layout === 'channels first'
      ? [`kernels${whose} are as PyTorch has them, [out, in] and [out, in, height, width]`]
      : []),
    ...(reordered.length > 0
      ? [
          `features that are an image's numbers are taken to be in PyTorch's order, channel, height, width: ${reordered.join(', ')}`,
        ]
      : []),
  ];
}

/** At most two, of either layout. */
function findMeanings(theirs: readonly NamedTensor[], plan: Plan, wanted: readonly Network[], file: string): Meaning[] {
  const meanings = new Map<string, Meaning>();
  for (const layout of ['channels last', 'channels first'] as const) {
    const ours = layOut(plan.model, wanted, layout);
    if (ours?.length !== theirs.length) continue;
    for (const pairs of pairUp(ours, theirs, file)) {
      const key = pairs.map(({ ours, theirs }) => JSON.stringify([theirs.name, ours.view, ours.axes])).join();
      if (!meanings.has(key)) meanings.set(key, { layout, pairs });
    }
  }
  return [...meanings.values()].slice(0, 2);
}

/** A file with many tensors alike has more ways than anybody would try. */
const mostAttempts = 100_000;

/** The first two ways, if there are as many. */
function pairUp(ours: readonly LaidOut[], theirs: readonly NamedTensor[], file: string): Pair[][] {
  const candidates = ours
    .map(each => ({ ours: each, fitting: theirs.filter(other => fits(each, other)) }))
    // What leaves the least choice comes first.
    .sort((a, b) => a.fitting.length - b.fitting.length);
  const found: Pair[][] = [];
  let attempts = 0;
  const extend = (pairs: readonly Pair[]): void => {
    const next = candidates[pairs.length];
    if (!next) found.push([...pairs].sort((a, b) => ours.indexOf(a.ours) - ours.indexOf(b.ours)));
    else
      for (const theirs of next.fitting) {
        if (found.length === 2 || ++attempts > mostAttempts) return;
        const pair = { ours: next.ours, theirs };
        if (pairs.every(other => areTogether(pair, other))) extend([...pairs, pair]);
      }
  };
  extend([]);
  if (attempts <= mostAttempts) return found;
  const problem = 'has so many tensors of one shape that its names must say which is which; save it with other names';
  throw new DataError(`${file} ${problem} (docs/export.md)`, file);
}

function fits(ours: LaidOut, { tensor: found, words, place = ours.place }: NamedTensor): boolean {
  if (String(found.shape) !== String(ours.shape) || place !== ours.place) return false;
  return words?.includes(ours.tensor.name) ?? true;
}

/** Not the same tensor, and of one layer on both sides or on neither. */
function areTogether(a: Pair, b: Pair): boolean {
  if (a.theirs === b.theirs) return false;
  if (a.theirs.layer === undefined || b.theirs.layer === undefined) return true;
  return (a.theirs.layer === b.theirs.layer) === (layerOf(a.ours) === layerOf(b.ours));
}

const layerOf = ({ tensor: { fullName, name } }: LaidOut): string => fullName.slice(0, -name.length);
