/** The findings of `gan-dist doctor --self-test`: the same bytes with any workers, and the reference's maths. */
import { runSelfTest, type SelfTest } from '../../coordinator/proof/selfTest.js';
import { shareOf } from '../../model/comparison/closeness.js';
import { formatFingerprint } from '../../model/comparison/fingerprint.js';
import { GanDistError } from '../../shared/errors.js';
import { openStatusLine } from '../terminal/statusLine.js';
import type { Finding } from './finding.js';

/** Some ten seconds; tells on stderr how far it is. */
export async function checkItself(): Promise<Finding[]> {
  const line = openStatusLine(process.stderr, 10_000);
  try {
    const found = await runSelfTest((done, total) => line.draw(`self-test: step ${done} of ${total}`));
    return [describeBytes(found), describeMaths(found)];
  } catch (error) {
    if (!(error instanceof GanDistError)) throw error;
    const advice = 'Nothing can be trained here before this is mended.';
    return [{ name: 'bytes', state: 'failed', found: error.message, advice }];
  } finally {
    line.end();
  }
}

export function describeBytes({ workers, steps, fingerprint, differences }: SelfTest): Finding {
  const runs = `${steps} steps with ${workers.join(' and with ')} workers`;
  const [first] = differences;
  if (!first) {
    const found = `${runs}: the same bytes, fingerprint ${formatFingerprint(fingerprint)}`;
    return { name: 'bytes', state: 'ok', found };
  }
  const more = differences.length > 1 ? ` (and ${differences.length - 1} more)` : '';
  return {
    name: 'bytes',
    state: 'failed',
    found: `${runs}: ${first.name}${more} is not the same, by up to ${first.largest}`,
    advice: 'The promise of the same bytes is broken on this machine: please report it, with all these lines.',
  };
}

export function describeMaths({ steps, loss, norm }: SelfTest): Finding {
  const [lossGap, normGap] = [loss.gap, 1e-3 * shareOf(norm)].map(gap => Number(gap.toPrecision(2)));
  const found = `${steps} steps against the reference in Keras: losses within ${lossGap} (${loss.allowed} is allowed), norms of all tensors within ${normGap} of their size (0.001)`;
  if (shareOf(loss) <= 1 && shareOf(norm) <= 1) return { name: 'maths', state: 'ok', found };
  return {
    name: 'maths',
    state: 'failed',
    found: `${found}; the farthest are ${loss.name} and ${norm.name}`,
    advice: 'This machine does not compute what the reference does: please report it, with all these lines.',
  };
}
