/**
 * Whether this is a runtime that gan-dist can train in, asked before anything else is loaded: what is wrong with it and what
 * helps. An old Node must be able to read this file (nodeVersion.mjs).
 */
import { describeOldNode } from './nodeVersion.mjs';

/** An empty text where nothing is wrong. */
export function describeWrongRuntime() {
  const { bun, deno, pnp } = process.versions;
  if (deno)
    return `gan-dist needs Node, and this is Deno ${deno}, whose worker threads it cannot use: run it with node`;
  if (bun)
    return `gan-dist needs Node, and this is Bun ${bun}, whose exponentials and logarithms round differently, so that a run would have other bytes: run it with node`;
  if (pnp)
    return 'gan-dist needs a folder node_modules, in which set-up can build TensorFlow\'s addon, and this is Yarn\'s Plug\'n\'Play, which has none: put "nodeLinker: node-modules" into .yarnrc.yml and run "yarn install" again';
  return describeOldNode();
}
