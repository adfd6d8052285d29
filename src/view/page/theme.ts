/** Light or dark: as the system says, until the reader says otherwise. */
import { find } from './element.js';

const storageKey = 'gan-dist theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

/** Whoever draws on a canvas hears of new colours; the rest is CSS. */
export const onThemeChange = (listener: () => void): void => void listeners.add(listener);

/** The value of a colour of page.css, such as `--accent`. */
export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function setUpTheme(): void {
  const button = find<HTMLButtonElement>('theme');
  const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const show = () => {
    button.textContent = isDark() ? 'Light' : 'Dark';
    button.setAttribute('aria-label', `Switch to ${isDark() ? 'light' : 'dark'} colours`);
    for (const listener of listeners) listener();
  };
  const chosen = read();
  if (chosen) document.documentElement.dataset.theme = chosen;
  button.addEventListener('click', () => {
    const theme = isDark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    keep(theme);
    show();
  });
  system.addEventListener('change', show);
  show();
}

/** A browser may refuse to keep anything: then the choice holds as long as the page. */
function read(): string | undefined {
  try {
    const theme = localStorage.getItem(storageKey);
    return theme === 'dark' || theme === 'light' ? theme : undefined;
  } catch {
    return undefined;
  }
}

function keep(theme: string): void {
  try {
    localStorage.setItem(storageKey, theme);
  } catch {}
}
