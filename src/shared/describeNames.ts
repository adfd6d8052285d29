/** What is in a folder, for a message: a few names, and how many more there are. */

const mostNames = 5;

/** A name may have a line break in it. */
const onOneLine = (name: string): string => (/[\r\n]/.test(name) ? JSON.stringify(name) : name);

/** @param none - said where there are no names */
export function describeNames(names: readonly string[], none: string): string {
  if (names.length === 0) return none;
  const shown = names.slice(0, mostNames).map(onOneLine);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return names.length === 1 ? shown[0]! : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
