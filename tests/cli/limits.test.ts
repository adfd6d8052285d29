/**
 * Limits of a shell, a container and a disk, each of them real: the program names the one that it
 * meets, its value, and what to type. Most are met before anything is begun.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { main, makeTemporaryFolder, smallRun } from './program.js';

const folder = makeTemporaryFolder();
const launcher = fileURLToPath(new URL('../../../scripts/gan-dist.mjs', import.meta.url));
const onLinux = { skip: process.platform !== 'linux' && 'only Linux tells a process its limits' };
const mayMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', folder]).status === 0;
const onDisks = { skip: !mayMount && 'no file system can be mounted here' };

const inStore = (name: string) => new URL(`../../src/store/disk/${name}.js`, import.meta.url);
const fileSystemImports = `
  import { explained } from '${inStore('failures')}';
  import { nodeFileSystem } from '${inStore('fileSystem')}';
  import { writeNewFile } from '${inStore('files')}';`;

/** `before` is run by the shell that then becomes the program. @returns the last line of stderr */
function train(before: string, args: readonly string[] = ['--workers=2'], program = main): string {
  const command = ['train', '--run=limited.zarr', '--overwrite', ...smallRun, ...args];
  const script = `${before}\nexec "$0" "$@"`;
  const result = spawnSync('bash', ['-c', script, process.execPath, program, ...command], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.deepEqual({ status: result.status, signal: result.signal }, { status: 1, signal: null }, result.stderr);
  return result.stderr.trimEnd().split('\n').at(-1)!;
}

test('address space', onLinux, () => {
  const said = train('ulimit -v 12000000');
  assert.match(
    said,
    /^gan-dist: this process may have 12\.2 GB of address space \(ulimit -v\), and 2 workers need 3\d\.\d GB, since V8 reserves 10\.7 GB for each of 3 memories of WebAssembly: /,
  );
  assert.match(
    said,
    /: type export NODE_OPTIONS=--disable-wasm-trap-handler before the command, with which 4\.\d GB are/,
  );
  assert.match(said, /; or raise the limit: ulimit -v unlimited, or a job's own \(SGE: -l h_vmem=\d\dG\)$/);
  assert.match(
    train('export NODE_OPTIONS=--disable-wasm-trap-handler; ulimit -v 3000000'),
    /may have 3\.0 GB of address space \(ulimit -v\), and 2 workers need 4\.\d GB: raise .*; or take fewer workers \(--workers 1 needs \d\.\d GB\)$/,
  );
});

test('address space that is enough with the option that the message names', onLinux, () => {
  const args = ['train', '--run=enough.zarr', '--workers=2', ...smallRun, '--steps=1'];
  const script = 'export NODE_OPTIONS=--disable-wasm-trap-handler; ulimit -v 5500000; exec "$0" "$@"';
  const { status, stderr } = spawnSync('bash', ['-c', script, process.execPath, main, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
});

test('open files', onLinux, () => {
  const few =
    /^gan-dist: this process may have no more than 48 files open; type ulimit -n 1024 before the command, or have the hard limit raised: at/;
  assert.match(train('ulimit -n 48'), few);
  assert.match(
    train('ulimit -n 24', [], launcher),
    /^gan-dist: this process may have too few files open; type ulimit -n/,
  );
  assert.match(
    train('ulimit -n 90', ['--workers=8']),
    /may have no more than 90 files open; .*: at least 124 are needed$/,
  );
});

test('data', onLinux, () => {
  assert.match(
    train('ulimit -d 500000'),
    /^gan-dist: this process may have 512 MB of data \(ulimit -d\), and 2 workers need at least \d+ MB: raise the limit \(ulimit -d unlimited\), or take a smaller training\.batchSize/,
  );
});

test('the size of a file', onLinux, () => {
  const file = join(folder, 'large.mjs');
  writeFileSync(
    file,
    `${fileSystemImports}
     await explained('write a file', 'large', () => writeNewFile(nodeFileSystem, 'large', Buffer.alloc(4e6)));`,
  );
  const script = 'ulimit -f 2000; exec "$0" "$@"';
  const { stderr } = spawnSync('bash', ['-c', script, process.execPath, file], { cwd: folder, encoding: 'utf8' });
  assert.match(
    stderr,
    /could not write a file: this process may not write files larger than 2 MB; type ulimit -f unlimited before the command \(EFBIG, large\)/,
  );
});

test('inodes, before anything is begun', onDisks, () => {
  const said = onDisk('size=900m,nr_inodes=200', ['train', '--run=r.zarr', '--workers=1', ...smallRun]);
  assert.match(
    said,
    /^gan-dist: the disk of .*r\.zarr has room for 19\d more files \(inodes: df -i\); two checkpoints need \d\d\d: delete some files, or put the run on another disk$/,
  );
});

test('inodes that run out, and a disk that is read-only', onDisks, () => {
  const script = `
    ${fileSystemImports}
    const writeOne = name => explained('write a file', name, async () => (await nodeFileSystem.create(name)).close());
    try {
      for (let i = 0; ; i++) await writeOne('file' + i);
    } catch ({ message }) {
      console.error(message);
    }`;
  writeFileSync(join(folder, 'fill.mjs'), script);
  const lacking = onDisk('size=900m,nr_inodes=20', undefined, join(folder, 'fill.mjs'));
  assert.match(
    lacking,
    /^could not write a file: the disk has room, but no inode for another file \(df -i\); delete some files, or choose another disk \(ENOSPC, file\d+\)$/,
  );
  assert.match(
    onDisk('size=1m,ro', undefined, join(folder, 'fill.mjs')),
    /^could not write a file: the file system is read-only; choose another folder \(EROFS, file0\)$/,
  );
});

/** What a program says last with a small file system as its folder. */
function onDisk(options: string, args: readonly string[] = [], program = main): string {
  const disk = join(folder, 'disk');
  mkdirSync(disk, { recursive: true });
  const script = `mount -t tmpfs -o ${options} tmpfs ${disk} && cd ${disk} && exec "$0" "$@"`;
  const { stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script, process.execPath, program, ...args], {
    encoding: 'utf8',
  });
  return stderr.trimEnd().split('\n').at(-1)!;
}

const groups = { memory: '/sys/fs/cgroup/memory', pids: '/sys/fs/cgroup/pids', cpu: '/sys/fs/cgroup/cpu' };
const mayLimit = Object.values(groups).every(top => {
  try {
    mkdirSync(join(top, `gan-dist-test-${process.pid}`));
    rmdirSync(join(top, `gan-dist-test-${process.pid}`));
    return true;
  } catch {
    return false;
  }
});
const inGroups = { skip: !mayLimit && 'no control group of version 1 can be made here' };

test('memory of a control group', inGroups, async t => {
  const join = await makeGroup(t, 'memory', { 'memory.limit_in_bytes': '400M' });
  assert.match(
    train(join),
    /^gan-dist: this container or job may have 419 MB of memory \(memory\.max of its control group\), and 2 workers need at least \d+ MB: give it more \(docker run --memory, /,
  );
});

test('a kill for memory is told from others by who watches over the run', inGroups, async t => {
  const join = await makeGroup(t, 'memory', { 'memory.limit_in_bytes': '300M', 'memory.memsw.limit_in_bytes': '300M' });
  const eat = 'if (process.env.GAN_DIST_SUPERVISED) for (const all = []; ; ) all.push(Buffer.alloc(1e7, 1));';
  const option = `--import=data:text/javascript,${encodeURIComponent(eat)}`;
  assert.equal(
    train(`export NODE_OPTIONS='${option}'; ${join}`, ['--max-restarts=0']),
    'gan-dist: the training process was ended by SIGKILL, since it took more memory than the 315 MB that its control group allows (memory.max) before its first step; --max-restarts 0 allows no further restart',
  );
});

test('threads of a control group', inGroups, async t => {
  const join = await makeGroup(t, 'pids', { 'pids.max': '14' });
  assert.match(
    train(join),
    /^gan-dist: this container or job may have 14 threads \(pids\.max of its control group\) and has \d+, and 2 workers need 7 more: give it more \(docker run --pids-limit, systemd's TasksMax\), or take fewer workers \(--workers 1\)$/,
  );
});

test('a quota of processor time is what auto workers follow', inGroups, async t => {
  const join = await makeGroup(t, 'cpu', { 'cpu.cfs_period_us': '100000', 'cpu.cfs_quota_us': '60000' });
  const counted = new URL('../../src/coordinator/pool/countWorkers.js', import.meta.url);
  const code = `import { countProcessors } from '${counted}'; console.log(countProcessors())`;
  const script = `${join}\nexec "$0" --input-type=module -e "$1"`;
  const { stdout } = spawnSync('bash', ['-c', script, process.execPath, code], { encoding: 'utf8' });
  assert.equal(stdout.trim(), '1');
});

/** @returns what makes a shell a member of a new group */
async function makeGroup(t: TestContext, controller: keyof typeof groups, limits: Record<string, string>) {
  const place = join(groups[controller], `gan-dist-test-${process.pid}-${controller}`);
  mkdirSync(place);
  t.after(async () => {
    // The kernel takes a moment to see that the group is empty.
    while (readFileSync(join(place, 'cgroup.procs'), 'utf8') !== '') await sleep(10);
    await sleep(50);
    rmdirSync(place);
  });
  for (const [name, value] of Object.entries(limits)) writeFileSync(join(place, name), value);
  return `echo $$ > ${join(place, 'cgroup.procs')}`;
}
