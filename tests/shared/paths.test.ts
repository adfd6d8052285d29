import assert from 'node:assert/strict';
import { test } from 'node:test';
import { homeFolder } from '../../src/shared/homeFolder.js';
import { expandHome, problemOfPath, resolvePath } from '../../src/shared/paths.js';

/** What `work` gives where HOME is another. */
function withHome<T>(home: string, work: () => T): T {
  const before = process.env.HOME;
  process.env.HOME = home;
  try {
    return work();
  } finally {
    if (before === undefined) delete process.env.HOME;
    else process.env.HOME = before;
  }
}

test('~ is the home folder, and only at the beginning of a path', () => {
  withHome('/home/ada', () => {
    assert.deepEqual(['~', '~/', '~/runs/a.zarr', './~', './~/a', 'a/~/b', '/~', 'a~', ''].map(expandHome), [
      '/home/ada',
      '/home/ada/',
      '/home/ada/runs/a.zarr',
      './~',
      './~/a',
      'a/~/b',
      '/~',
      'a~',
      '',
    ]);
    assert.equal(resolvePath('/cwd', '~/a'), '/home/ada/a');
    assert.equal(resolvePath('/cwd', './~/a'), '/cwd/~/a');
  });
});

test('without a home folder there is none, and ~ is refused', () => {
  withHome('', () => {
    assert.equal(homeFolder(), undefined);
    assert.equal(
      problemOfPath('~/a'),
      'expects a path, found "~/a", and this user has no home folder: set HOME, or write the path in full',
    );
    assert.equal(problemOfPath('./~/a'), undefined);
  });
});

test('what can be no path is refused, each in its own words', () => {
  const others =
    "only ~/ stands for a home folder, your own; write another's in full, or ./~bob/a for a name that begins with ~";
  for (const [text, problem] of [
    ['', 'expects a path, found ""'],
    ['~bob/a', `expects a path, found "~bob/a": ${others}`],
    [
      'https://host/a.zarr',
      'expects a path on this machine, found "https://host/a.zarr": download it first, and name the copy',
    ],
    ['s3://bucket/a', 'expects a path on this machine, found "s3://bucket/a": download it first, and name the copy'],
    ['a\nb', 'expects a path without control characters such as line breaks, found "a\\nb": rename it first'],
    ['\x1b[2J', 'expects a path without control characters such as line breaks, found "\\u001b[2J": rename it first'],
    ['a\ufffdb', 'expects a path in UTF-8, found "a\ufffdb": rename it first'],
  ] as const)
    assert.equal(problemOfPath(text), problem);
  for (const text of ['a b', '-x', "it's", 'a:b', 'c:/a', 'Ünï 😀', ' ', '~', 'a~b', '--json', 'a//b'])
    assert.equal(problemOfPath(text), undefined, text);
});
