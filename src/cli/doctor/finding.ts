/** What `gan-dist doctor` says of one thing. */
export interface Finding {
  name: string;
  /** `optional`: not there, and a run may do without it. */
  state: 'ok' | 'optional' | 'failed';
  found: string;
  /** What to do, unless it is ok. */
  advice?: string;
}
