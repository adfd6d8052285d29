/** Follows runs: looks for a new commit every other second, while anybody looks at the page. */
import { messageOf } from './element.js';
import { type Opened, openRun, type RunPlace } from './openRun.js';
import type { OpenRun } from './panel.js';

const everyMs = 2000;

/**
 * @param onChange - hears of the runs that can be read, and what is wrong with the others; at
 * first, and when either changes
 * @returns once the first state is told
 */
export async function follow(
  places: readonly RunPlace[],
  onChange: (runs: readonly OpenRun[], problems: readonly string[]) => void,
): Promise<void> {
  const opened: (Opened | undefined)[] = places.map(() => undefined);
  let told: string | undefined;
  const look = async () => {
    const problems: string[] = [];
    const before = [...opened];
    await Promise.all(
      places.map(async (place, index) => {
        try {
          opened[index] = await openRun(place, opened[index]);
        } catch (error) {
          problems.push(messageOf(error));
        }
      }),
    );
    const text = problems.join('\n');
    if (text === told && opened.every((each, index) => each?.run === before[index]?.run)) return;
    told = text;
    onChange(
      opened.flatMap(each => each?.run ?? []),
      problems,
    );
  };
  await look();
  if (places.every(({ published }) => published)) return;
  repeat(look);
}

/** Pauses while the page is hidden, and looks at once when it is seen again. */
function repeat(look: () => Promise<void>): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const next = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      try {
        await look();
      } finally {
        if (!document.hidden) next();
      }
    }, everyMs);
  };
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.hidden) return;
    void look();
    next();
  });
  next();
}
