/** Node's `spec` report, and after it one line that people and CI can read: `N passed, N failed, N skipped`. */
import { Readable } from 'node:stream';
import { spec } from 'node:test/reporters';

export default async function* report(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  yield* Readable.from(counted(events, counts)).pipe(new spec());
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  yield `${counts.passed} passed, ${counts.failed} failed${skipped}\n`;
}

async function* counted(events, counts) {
  for await (const event of events) {
    const outcome = outcomeOf(event);
    if (outcome) counts[outcome]++;
    yield event;
  }
}

/** Tests count, suites do not, unless they failed by themselves (a hook that threw). */
function outcomeOf({ type, data }) {
  if (type !== 'test:pass' && type !== 'test:fail') return undefined;
  if (data.skip !== undefined || data.todo !== undefined) return 'skipped';
  const isSuite = data.details?.type === 'suite';
  if (type === 'test:pass') return isSuite ? undefined : 'passed';
  return isSuite && data.details.error?.failureType === 'subtestsFailed' ? undefined : 'failed';
}
