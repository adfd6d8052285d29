/** The answer of `replay`. */

export interface Verdict {
  /**
   * `bit-equal`: what was computed is what the run holds. `equal within`: on another engine or
   * processor, it is as close as closeness.ts asks. `different`: the run does not hold what its
   * config gives. `not testable here`: nothing can be said on this machine.
   */
  readonly answer: 'bit-equal' | 'equal within' | 'different' | 'not testable here';
  /**
   * Of `equal within`: how far the farthest parameter's tensor is, as a share of its norm or its
   * kernel's, the larger.
   */
  readonly within?: number;
  /** What was found. */
  readonly finding: string;
}
