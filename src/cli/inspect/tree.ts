/** The arrays of a run as a tree, with what each is. */
import { CheckpointError } from '../../shared/errors.js';
import type { ArrayInfo, Run } from '../../store/index.js';
import { checkpointName, describeMetric } from '../../store/index.js';
import { formatBytes, formatDtype, formatShape } from '../terminal/format.js';

interface Node {
  name: string;
  path: string;
  children: Node[];
  array?: ArrayInfo;
}

interface Line {
  label: string;
  array?: ArrayInfo;
  note: string;
}

/** What a line has room for; other metrics are described as the store describes them. */
const notes: readonly (readonly [RegExp, string])[] = [
  [/^checkpoints$/, 'whole states, named by the steps done'],
  [/^metrics$/, 'one element a step, from step 0'],
  [/^metrics\/step$/, ''],
  [/^metrics\/fake_spread$/, 'standard deviation between the fakes'],
  [/^metrics\/saturation$/, '1: D’s loss near 0 for long, 2: fakes alike, 4: run away'],
  [/^metrics\/fingerprint$/, 'sum of the bits of the state after the step'],
  [/^samples$/, 'pictures, one row each'],
  [/^samples\/step$/, 'the step of each'],
  [/^samples\/grid$/, 'the fakes of the step’s batch, side by side'],
  [/^samples\/fixed$/, 'the same 64 noises every time'],
  [/^samples\/histogram$/, 'of each tensor’s numbers, in 64 parts of its range'],
  [/^samples\/histogram_range$/, 'least and largest number of each tensor'],
  [/^generators$/, 'of each epoch’s end, in float16'],
  [/^checkpoints\/\d+\/generator$/, 'noise to image'],
  [/^checkpoints\/\d+\/discriminator$/, 'image to “this is real”'],
  [/^checkpoints\/\d+\/velocity$/, 'of Nesterov’s momentum, for each trained tensor'],
];

/** The newest checkpoint is shown whole, the others, and the generators, in a line each. */
export function formatTree(run: Run, arrays: readonly ArrayInfo[]): string {
  const root = buildTree(arrays);
  const folded = new Set([
    ...run.checkpoints.slice(0, -1).map(step => `checkpoints/${checkpointName(step)}`),
    ...run.generators.map(step => `generators/${checkpointName(step)}`),
  ]);
  const lines = drawChildren(root, '', node => describeNode(run, node, folded.has(node.path)), folded);
  const width = Math.max(...lines.map(({ label }) => label.length));
  const shapes = Math.max(...lines.map(({ array }) => (array ? formatShape(array.shape).length : 0)));
  return lines
    .map(({ label, array, note }) => {
      if (!array) return `${label.padEnd(width)}  ${note}`;
      const columns = [
        formatShape(array.shape).padEnd(shapes),
        formatDtype(array.dtype).padEnd(7),
        formatBytes(array.bytes).padStart(8),
      ];
      return `${label.padEnd(width)}  ${columns.join('  ')}  ${note}`;
    })
    .map(line => line.trimEnd())
    .join('\n');
}

function buildTree(arrays: readonly ArrayInfo[]): Node {
  const root: Node = { name: '', path: '', children: [] };
  for (const array of arrays) {
    let node = root;
    for (const name of array.path.split('/')) {
      const path = node === root ? name : `${node.path}/${name}`;
      const known = node.children.find(other => other.name === name);
      const child = known ?? { name, path, children: [] };
      if (!known) node.children.push(child);
      node = child;
    }
    node.array = array;
  }
  // A run without a checkpoint has the group all the same.
  if (!root.children.some(({ name }) => name === 'checkpoints')) {
    root.children.push({ name: 'checkpoints', path: 'checkpoints', children: [] });
  }
  return root;
}

function drawChildren(node: Node, indent: string, note: (node: Node) => string, folded: ReadonlySet<string>): Line[] {
  return node.children.flatMap((child, i) => {
    const isLast = i === node.children.length - 1;
    const line = { label: `${indent}${isLast ? '└── ' : '├── '}${child.name}`, array: child.array, note: note(child) };
    if (folded.has(child.path)) return [line];
    return [line, ...drawChildren(child, `${indent}${isLast ? '    ' : '│   '}`, note, folded)];
  });
}

function describeNode(run: Run, node: Node, isFolded: boolean): string {
  const step = run.checkpoints.find(step => node.path === `checkpoints/${checkpointName(step)}`);
  const arrays = arraysBelow(node);
  const size = formatBytes(arrays.reduce((sum, { bytes }) => sum + bytes, 0));
  if (/^generators\/\d+$/.test(node.path)) return `${arrays.length} arrays, ${size}`;
  if (step === undefined)
    return notes.find(([pattern]) => pattern.test(node.path))?.[1] ?? describeMetric(node.path) ?? '';
  const folded = isFolded ? ', as the newest' : '';
  return `${describePlace(run, step)}; ${arrays.length} arrays, ${size}${folded}`;
}

/** A checkpoint whose attributes are damaged does not keep the others from being shown. */
function describePlace(run: Run, step: number): string {
  try {
    const { epoch, batch } = run.checkpointAttributes(step);
    return `next: epoch ${epoch}, batch ${batch}`;
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return 'damaged: its .zattrs does not say where it stands';
  }
}

const arraysBelow = (node: Node): ArrayInfo[] =>
  node.array ? [node.array] : node.children.flatMap(child => arraysBelow(child));
