/** What a file has beside what the model has, for a person who is to see why they were not matched. */
import type { Network } from '../../model/description.js';
import type { FoundTensor } from '../foundTensors.js';
import type { LaidOut, Pair } from './layouts.js';
import type { NamedTensor } from './tensorNames.js';

const mostRows = 60;

/** @param network - whose tensors they are, if they are those of the other one */
export function describeNoMatch(
  theirs: readonly NamedTensor[],
  ours: readonly LaidOut[],
  network: Network | undefined,
): string {
  const hint = network === undefined ? hintOf(theirs, ours) : `; they are those of the ${network}`;
  return `does not fit this model: there is no way to take its tensors for those of the model, by whatever names or in PyTorch's layout${hint}\n${sideBySide(theirs, ours)}`;
}

export function describeMeanings(
  one: readonly Pair[],
  other: readonly Pair[],
  theirs: readonly NamedTensor[],
  ours: readonly LaidOut[],
): string {
  const place = one.findIndex(
    (pair, i) => pair.theirs.name !== other[i]!.theirs.name || String(pair.ours.axes) !== String(other[i]!.ours.axes),
  );
  const [a, b] = [one[place]!, other[place]!];
  const isTurned = a.theirs.name === b.theirs.name;
  const found = isTurned
    ? `${shorten(a.theirs.name)} as it is or transposed`
    : `${shorten(a.theirs.name)} or ${shorten(b.theirs.name)}`;
  return `has more than one meaning: ${a.ours.tensor.fullName} may be ${found}; give the tensors the names of the store\n${sideBySide(theirs, ours)}`;
}

/** A common reason. */
function hintOf(theirs: readonly NamedTensor[], ours: readonly LaidOut[]): string {
  const isTransposedConvolution = theirs.some(({ tensor: { shape } }) =>
    ours.some(
      ({ tensor }) =>
        tensor.shape.length === 4 && String(shape) === String([2, 3, 0, 1].map(axis => tensor.shape[axis])),
    ),
  );
  return isTransposedConvolution
    ? '; a kernel of it is as those of ConvTranspose2d are, [in, out, height, width], and this model has convolutions'
    : '';
}

function sideBySide(theirs: readonly NamedTensor[], ours: readonly LaidOut[]): string {
  const left = [
    'in the file',
    ...theirs.map(({ name, tensor }) => `${shorten(name)} [${tensor.shape}]${typeOf(tensor)}`),
  ];
  const right = ['in the model', ...ours.map(({ tensor }) => `${tensor.fullName} [${tensor.shape}]`)];
  const width = Math.max(...left.slice(0, mostRows).map(text => text.length));
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    `  ${(left[i] ?? '').padEnd(width)}  ${right[i] ?? ''}`.trimEnd(),
  );
  const more = rows.length - mostRows;
  return [...rows.slice(0, mostRows), ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

const typeOf = ({ type }: FoundTensor): string => (type === 'float32' ? '' : ` ${type}`);

/** A name of anybody's making, in one line. */
const shorten = (name: string): string => name.slice(0, 80).replaceAll('\n', '\\n');
