/** Work of which only the latest matters, such as what a slider asks for. */

/**
 * One at a time; what is asked for meanwhile is done next, and only the last of it.
 * @param onError - hears of what failed
 */
export function latestOnly(onError: (error: unknown) => void): (work: () => Promise<void>) => void {
  let next: (() => Promise<void>) | undefined;
  let isBusy = false;
  const go = async () => {
    isBusy = true;
    while (next) {
      const work = next;
      next = undefined;
      await work().catch(onError);
    }
    isBusy = false;
  };
  return work => {
    next = work;
    if (!isBusy) void go();
  };
}
