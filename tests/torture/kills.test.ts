import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTemporaryFolder } from '../cli/program.js';
import { killAgainAndAgain } from './kills.js';

for (const signal of ['SIGKILL', 'SIGTERM'] as const)
  test(`a run that gets ${signal} at random moments, again and again, is the run that was left alone`, async t => {
    const kills = signal === 'SIGKILL' ? 6 : 3;
    const { moments, runs } = await killAgainAndAgain({ folder: makeTemporaryFolder(), kills, signal });
    assert.ok(runs >= 1);
    t.diagnostic(JSON.stringify(Object.fromEntries(moments)));
  });
