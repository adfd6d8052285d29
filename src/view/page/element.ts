/** Elements of the page, made in one expression. */

type Child = Node | string | undefined;

/** @param attributes - as in HTML; `undefined` and `false` leave one out */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : String(value));
  made.append(...children.filter(child => child !== undefined));
  return made;
}

/** An element of index.html. */
export function find<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found as Kind;
}

/** What a person reads of an error. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
