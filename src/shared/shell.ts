/** Commands as they can be typed. */

/** As a POSIX shell takes it for one word. */
export const quoteForShell = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
