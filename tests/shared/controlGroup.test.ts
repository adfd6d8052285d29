import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { countKilledForMemory, readControlGroup } from '../../src/shared/controlGroup.js';

test('version 2: the lowest limit of a group and of those around it', t => {
  const root = makeFiles(t, {
    'proc/self/cgroup': '0::/kubepods/pod7/ours',
    'sys/fs/cgroup/kubepods/pod7/ours/memory.max': 'max',
    'sys/fs/cgroup/kubepods/pod7/memory.max': '1073741824',
    'sys/fs/cgroup/kubepods/memory.max': '8589934592',
    'sys/fs/cgroup/kubepods/pod7/ours/cpu.max': '150000 100000',
    'sys/fs/cgroup/kubepods/pod7/cpu.max': 'max 100000',
    'sys/fs/cgroup/kubepods/pod7/ours/pids.max': '100',
    'sys/fs/cgroup/kubepods/pod7/ours/pids.current': '3',
    'sys/fs/cgroup/kubepods/pids.max': '200',
    'sys/fs/cgroup/kubepods/pids.current': '190',
    'sys/fs/cgroup/kubepods/pod7/ours/memory.events': 'low 0\nhigh 0\nmax 9\noom 2\noom_kill 2',
  });
  assert.deepEqual(readControlGroup(root), { memory: 2 ** 30, processors: 1.5, threads: { most: 200, now: 190 } });
  assert.equal(countKilledForMemory(root), 2);
});

test('version 1, whose container shows only its own group at the top', t => {
  const root = makeFiles(t, {
    'proc/self/cgroup': '8:pids:/docker/a1\n4:memory:/docker/a1\n3:cpu,cpuacct:/docker/a1\n1:name=systemd:/docker/a1',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '536870912',
    'sys/fs/cgroup/memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 1',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '250000',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
    'sys/fs/cgroup/pids/pids.max': '64',
    'sys/fs/cgroup/pids/pids.current': '12',
  });
  assert.deepEqual(readControlGroup(root), { memory: 2 ** 29, processors: 2.5, threads: { most: 64, now: 12 } });
  assert.equal(countKilledForMemory(root), 1);
});

test('no limits, and a system without control groups', t => {
  const root = makeFiles(t, {
    'proc/self/cgroup': '4:memory:/\n3:cpu:/',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
    'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1',
    'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
  });
  assert.deepEqual(readControlGroup(root), {});
  assert.deepEqual(readControlGroup(join(root, 'nothing')), {});
  assert.equal(countKilledForMemory(join(root, 'nothing')), 0);
});

function makeFiles(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'gan-dist-group-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), `${text}\n`);
  }
  return root;
}
