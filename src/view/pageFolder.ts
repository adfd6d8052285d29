/** Where the page's files are: `npm run build` makes them beside the compiled server (scripts/setup/bundle.mjs). */
import { fileURLToPath } from 'node:url';

export const pageFolder = fileURLToPath(new URL('bundle', import.meta.url));
