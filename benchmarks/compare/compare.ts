/**
 * How long a training step takes: gan-dist, the same in Keras and PyTorch, and what one would write
 * in TypeScript. Hours at full length, so it is no part of `npm test`; leave the machine alone
 * meanwhile.
 *
 *     npm run compare -- --batch 128 --threads 2
 */
import { loadDataset } from '../../src/data/loadDataset.js';
import type { DataChoice } from '../../src/data/source.js';
import { openLongProgram } from '../../tests/longProgram.js';
import { packageRoot } from '../../tests/packageRoot.js';
import { findPython } from '../../tests/python/environment.js';
import { contestants } from './contestants.js';
import { type Cell, withJob } from './job.js';
import { measureCell } from './measureCell.js';
import { help, type Options, readOptions } from './options.js';
import { mergeCell, readResults, writeResults } from './results.js';
import { formatTable } from './table.js';

const { status, signals, run } = openLongProgram('stopping; the rounds that are done are written');

await run(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options.help) console.log(help);
  else if (options.table) console.log(formatTable(await readResults(options.out)));
  else await compare(options);
});

async function compare(options: Options): Promise<void> {
  const data: DataChoice = { source: 'mnist', ...(options.dataDir && { dir: options.dataDir }) };
  const { images, count, name } = await loadDataset(data);
  const python = await preparePython(options.only);
  for (const cell of listCells(options)) {
    await withJob(cell, data, images, job =>
      measureCell(job, {
        ...{ python, signal: signals.signal, rounds: options.rounds, only: options.only },
        mostSeconds: options.mostSeconds,
        images: `${count} images of ${name}`,
        onStep: (round, contestant, done) => {
          const place = `batch ${cell.batch}, threads ${cell.threads}, round ${round + 1}/${options.rounds}`;
          status.draw(`${place}  ${contestant} step ${done}/${cell.warmUp + cell.measured}`);
        },
        onRound: async result => {
          const results = mergeCell(await readResults(options.out), result);
          await writeResults(options.out, results);
          status.say(
            `batch ${cell.batch}, threads ${cell.threads}: round ${result.rounds.length} is in ${options.out}`,
          );
        },
      }),
    );
  }
  console.log(formatTable(await readResults(options.out)));
}

async function preparePython(only: readonly string[]): Promise<string> {
  if (!contestants.some(({ name, interpreter }) => interpreter === 'python' && only.includes(name))) return '';
  return findPython(new URL('benchmarks/compare/requirements.txt', packageRoot), () =>
    status.say('Making a Python environment with Keras, TensorFlow and PyTorch: some minutes, 7 GB'),
  );
}

function listCells({ batches, threads, steps }: Options): Cell[] {
  return threads.flatMap(number =>
    batches.map(batch => {
      // As many images at every size, but enough steps for a median and not more than needed.
      const measured = steps ?? Math.min(30, Math.max(6, Math.round(2560 / batch)));
      return { batch, threads: number, warmUp: batch < 512 ? 8 : 4, measured };
    }),
  );
}
