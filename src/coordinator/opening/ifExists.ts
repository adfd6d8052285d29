/** What to do about a run that may be there: refuse, go on with it, or replace it. */
export type IfExists = 'refuse' | 'resume' | 'overwrite';
