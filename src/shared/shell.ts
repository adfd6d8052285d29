/** Commands as they can be typed. */

/**
 * As a shell takes it for one word. Control characters are written as `$'…'`, which bash, zsh and ksh read.
 */
export function quoteForShell(word: string): string {
  // zsh looks for a program behind a leading `=`.
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word)) return word;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (!/[\x00-\x1f\x7f]/.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  const escaped = word.replaceAll(/['\\\x00-\x1f\x7f]/g, char =>
    char === "'" || char === '\\' ? `\\${char}` : `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return `$'${escaped}'`;
}
