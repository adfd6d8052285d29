/**
 * What a store or a file says, as a terminal may show it: a stranger's escape sequences would move
 * the cursor, or worse.
 */

/** Control characters but newlines, as `\x1b`. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
