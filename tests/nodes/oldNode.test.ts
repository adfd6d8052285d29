/** A Node that cannot even read today's syntax is told so, where a user begins. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../packageRoot.js';
import { findNode, lacksOld, oldVersion } from './nodes.js';

for (const script of ['setup.mjs', 'gan-dist.mjs']) {
  test(`${script} tells Node ${oldVersion} that it is too old, in one line`, { skip: lacksOld }, async () => {
    const node = await findNode(oldVersion);
    const path = fileURLToPath(new URL(`scripts/${script}`, packageRoot));
    const { status, stdout, stderr } = spawnSync(node, [path, '--help'], { encoding: 'utf8' });
    const line = `gan-dist needs Node 20.11 or later, and ${node} is ${oldVersion}: install a newer one (https://nodejs.org)\n`;
    assert.deepEqual({ status, stdout, stderr }, { status: 1, stdout: '', stderr: line });
  });
}
