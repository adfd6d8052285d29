/**
 * gan-dist against the reference in Keras, live: both train from the same seed on the same bytes,
 * and what they leave is compared by the rule (compare.ts). Minutes per case, so it is no part of
 * `npm test`.
 *
 *     npm run conformance -- --only "batch 48" --steps 30
 */
import { openLongProgram } from '../longProgram.js';
import { packageRoot } from '../packageRoot.js';
import { findPython } from '../python/environment.js';
import { type Case, nameCase } from './cases.js';
import { chooseCases, isVersionsChosen } from './chooseCases.js';
import { compare, isWithin } from './compare.js';
import { withJob } from './job.js';
import { compareVersions } from './kerasVersions/compareVersions.js';
import { help, type Options, readOptions } from './options.js';
import { runGanDist } from './runGanDist.js';
import { otherKernels, runKeras } from './runKeras.js';
import { describeOrigin, formatTable, type Row } from './table.js';

const { status, signals, run } = openLongProgram('stopping');

await run(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options.help) console.log(help);
  else await runChosen(options);
});

async function runChosen(options: Options): Promise<void> {
  const chosen = await chooseCases(options, status.say);
  if (chosen.length > 0) await runCases(chosen, options);
  if (!isVersionsChosen(options)) return;
  if (!(await compareVersions(status.say, signals.signal))) process.exitCode = 1;
}

async function runCases(chosen: readonly Case[], options: Options): Promise<void> {
  const python = await findPython(new URL('tests/conformance/requirements.txt', packageRoot), () =>
    status.say('Making a Python environment with Keras and TensorFlow: some minutes'),
  );
  const rows: Row[] = [];
  try {
    for (const [place, setting] of chosen.entries()) {
      rows.push(await runCase(setting, `${place + 1}/${chosen.length}`, python, options));
    }
  } finally {
    // What is done is shown also when a later case fails.
    if (rows.length > 0) console.log(`${formatTable(rows)}\n\n${describeOrigin(rows)}`);
  }
  if (!rows.every(isWithin)) process.exitCode = 1;
}

/** One system after the other, so that each has the machine for itself. */
async function runCase(setting: Case, place: string, python: string, options: Options): Promise<Row> {
  const { dataDir } = options;
  const steps = Math.min(options.steps, setting.steps);
  const name = nameCase(setting);
  const onStep = (system: string, done: number) => status.draw(`${place}  ${name}  ${system} step ${done}/${steps}`);
  return withJob(setting, { steps, dataDir, signal: signals.signal, onStep }, async job => {
    const expected = await runKeras(python, job);
    const actual = await (options.self ? runKeras(python, job, otherKernels) : runGanDist(job, expected.saved));
    const comparison = await compare(actual, expected, steps);
    const row = { name, systems: [actual.madeBy, expected.madeBy], ...comparison };
    status.say(`${place}  ${name}  ${isWithin(row) ? 'within the rule' : 'OUTSIDE the rule'}`);
    return row;
  });
}
