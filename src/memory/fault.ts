/** How tests let a rank fail. */

/** A failure on purpose: of `rank` in `step`, when it comes to a barrier whose name starts with `barrier`. */
export interface Fault {
  readonly step: number;
  readonly rank: number;
  readonly barrier: string;
  /**
   * An exception, the end of the thread, a rank that never comes, one in native code, which cannot
   * be ended, or one that passes the barrier and then sleeps until somebody sets `left` below 0 and
   * wakes it.
   */
  readonly how: 'throw' | 'exit' | 'hang' | 'block' | 'late';
  /** One shared element: how many times it is yet to happen. */
  readonly left: Int32Array;
}
