/** `gan-dist diff`: whether two checkpoints are the same, bit by bit; if not, where they part. It changes nothing. */
import type { Command } from 'commander';
import { StoreError } from '../../shared/errors.js';
import type { Run } from '../../store/index.js';
import { pathOption } from '../options/options.js';

export function addDiffCommand(program: Command): void {
  program
    .command('diff')
    .description('compare two checkpoints bit by bit: "identical", or what differs, and exit with 1')
    .argument(
      '<run_a[@step]>',
      'a run’s store and a step of its checkpoints (default: the newest)',
      pathOption('<run_a>'),
    )
    .argument(
      '<run_b[@step]>',
      'what to compare it with: another run, or another checkpoint of the same',
      pathOption('<run_b>'),
    )
    .action(diff);
}

async function diff(textA: string, textB: string): Promise<void> {
  const [{ openCheckpoint }, { areEqual, compareStates }, { formatComparison }] = await Promise.all([
    import('../diff/openCheckpoint.js'),
    import('../../model/comparison/compareTensors.js'),
    import('../diff/formatComparison.js'),
  ]);
  const [a, b] = [await openCheckpoint(textA), await openCheckpoint(textB)];
  const comparisons = compareStates(await a.run.readCheckpoint(a.step), await b.run.readCheckpoint(b.step));
  if (areEqual(comparisons)) {
    process.stdout.write(`identical: all ${comparisons.length} tensors of ${a.name} and ${b.name}, bit by bit\n`);
    return;
  }
  const isOneRun = a.run.path === b.run.path;
  const fingerprints = isOneRun ? [] : [await readFingerprints(a.run), await readFingerprints(b.run)];
  process.stdout.write(`${formatComparison(a, b, comparisons, fingerprints)}\n`);
  process.exitCode = 1;
}

/** None, if they cannot be read: the tensors say what they say without them. */
async function readFingerprints(run: Run): Promise<BigUint64Array> {
  if (run.attributes.lost?.some(({ array }) => array === 'metrics/fingerprint')) return new BigUint64Array();
  try {
    return (await run.readArray('metrics/fingerprint')).data as BigUint64Array;
  } catch (error) {
    if (error instanceof StoreError) return new BigUint64Array();
    throw error;
  }
}
