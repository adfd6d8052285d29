/**
 * Whether this Node is new enough: asked before anything else is loaded. An old Node must be able to read this file and
 * what imports it, in order to be told: no `??`, no `?.`, no top-level `await`. Ubuntu 22.04 still brings Node 12.
 */
import { readFileSync } from 'node:fs';

/** What is wrong with this Node and what helps, or an empty text. */
export function describeOldNode() {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const oldest = engines.node.replace('>=', '');
  const { node } = process.versions;
  if (node.localeCompare(oldest, 'en', { numeric: true }) >= 0) return '';
  return `gan-dist needs Node ${oldest} or later, and ${process.execPath} is ${node}: install a newer one (https://nodejs.org)`;
}
