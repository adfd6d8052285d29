/**
 * Models that go to every Keras 3 and come back: what each of them saves, with each of its optimizers, is read here, and
 * what is exported here is loaded there. Ten minutes.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { networks } from '../../../src/model/description.js';
import { planModel } from '../../../src/model/plan.js';
import { encodeKeras } from '../../../src/modelFiles/keras.js';
import { readModel } from '../../../src/modelFiles/readModel.js';
import { small } from '../../model/otherModels.js';
import { findDifferent, someState } from '../../modelFiles/someState.js';
import { type Keras, openVersion, versions } from './versions.js';

/** Of one version. */
interface Row {
  readonly version: string;
  /** Cases whose velocities came back bit by bit, and those that have none. */
  readonly taken: readonly string[];
  readonly still: readonly string[];
  readonly problems: readonly string[];
}

const plan = planModel(small);
const state = someState(plan);

/** @returns whether all is as it should be */
export async function compareVersions(say: (text: string) => void, signal: AbortSignal): Promise<boolean> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gan-dist-keras-'));
  const rows: Row[] = [];
  try {
    await exportTo(folder);
    for (const version of versions) {
      signal.throwIfAborted();
      rows.push(await compareVersion(await openVersion(version, say, signal), folder));
      say(`Keras ${version}: ${rows.at(-1)!.problems.join('; ') || 'as it should be'}`);
    }
  } finally {
    await rm(folder, { recursive: true });
    if (rows.length > 0) console.log(formatRows(rows));
  }
  return rows.every(({ problems }) => problems.length === 0);
}

async function exportTo(folder: string): Promise<void> {
  const optimizer = { learningRate: 0.001, momentum: 0.9, iterations: 7 };
  for (const network of networks)
    await writeFile(path.join(folder, `${network}.keras`), await encodeKeras(plan, network, state, optimizer));
  await writeFile(
    path.join(folder, 'state'),
    Buffer.concat(Array.from(state.values(), ({ data }) => Buffer.from(data.buffer))),
  );
}

async function compareVersion(keras: Keras, folder: string): Promise<Row> {
  const saved = path.join(folder, keras.version);
  await mkdir(saved);
  const [taken, still, problems]: [string[], string[], string[]] = [[], [], []];
  await keras.run('tests/fixtures/keras/make_models.py', saved, 'all');
  await keras.run('tests/fixtures/keras/make_models.py', saved, ...inHdf5);
  for (const name of (await readdir(saved)).sort()) {
    const different = await findOther(path.join(saved, name));
    if (different === undefined || (different === 'velocities') === hasVelocities(name))
      problems.push(`${name} is read otherwise`);
    else (different === 'velocities' ? still : taken).push(name);
  }
  // Keras 2 reads no model of Keras 3, and ours are those.
  if (!keras.version.startsWith('2')) {
    await keras
      .run('tests/conformance/kerasVersions/load_export.py', folder, path.join(folder, 'state'))
      .catch((error: Error) => problems.push(`it does not load ours: ${error.message.trim().split('\n').at(-1)}`));
  }
  return { version: keras.version, taken, still, problems };
}

/** Beside the `.keras` files. */
const inHdf5 = ['nesterov-decay.h5', 'adam.h5', 'nesterov.weights.h5'];

/** The names of the cases say it; the old optimizers of Keras 2 keep none in a `.keras`, and weights alone have none. */
const hasVelocities = (name: string): boolean => /^(momentum|nesterov)(?!-legacy|.*weights)/.test(name);

/** Which of a model's tensors are not as they were saved: none, the velocities, which are then all 0, or others. */
async function findOther(folder: string): Promise<'nothing' | 'velocities' | undefined> {
  const { tensors } = await readModel(plan, folder);
  const read = new Map(tensors.map(tensor => [tensor.name, tensor]));
  const different = findDifferent(read, state);
  if (different.length === 0) return 'nothing';
  const isAllVelocities = different.length === plan.state.length - plan.tensors.length;
  const isStill = different.every(
    name => name.startsWith('velocity/') && read.get(name)!.data.every(value => value === 0),
  );
  return isAllVelocities && isStill ? 'velocities' : undefined;
}

const formatRows = (rows: readonly Row[]): string =>
  [
    '| Keras | read with velocities | read without | loads ours |',
    '|---|---|---|---|',
    ...rows.map(({ version, taken, still, problems }) => {
      const loads = version.startsWith('2') ? '–' : problems.length === 0 ? 'bit by bit' : '**NO**';
      return `| ${version} | ${taken.length} | ${still.length} | ${loads} |`;
    }),
  ].join('\n');
