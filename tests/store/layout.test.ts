/** The pages that show a run's columns know all of them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { reference } from '../../src/model/presets.js';
import { type Dtype, gridPixels, metricsTable, samplesTable } from '../../src/store/layout.js';
import { packageRoot } from '../packageRoot.js';

const imageShape = reference.image;

const readLines = (name: string): string[] => readFileSync(new URL(name, packageRoot), 'utf8').split('\n');
const dtypeNames: Record<Dtype, string> = {
  '<f2': 'float16',
  '<f4': 'float32',
  '<i4': 'int32',
  '<u8': 'uint64',
  '|u1': 'uint8',
};

/** The lines that start with `start` and come right after the first that has `heading`. */
function linesBelow(heading: RegExp, start: RegExp, lines: string[]): string[] {
  const below = lines.slice(lines.findIndex(line => heading.test(line)) + 1);
  return below.slice(
    0,
    below.findIndex(line => !start.test(line)),
  );
}

for (const { group, columns } of [metricsTable, samplesTable(imageShape, gridPixels(128, imageShape), ['a/tensor'])]) {
  describe(`every column of ${group}`, () => {
    test('is in the tree of docs/store-format.md with its type', () => {
      const tree = linesBelow(new RegExp(`^ {6}${group}/`), /^ {8}/, readLines('docs/store-format.md'));
      const missing = columns.filter(({ name, dtype }) => {
        const line = tree.find(text => text.trim().split(/\s+/).slice(0, 2).includes(name));
        return !line?.includes(` ${dtypeNames[dtype]}`);
      });
      assert.deepEqual(missing, []);
    });

    test('is in the tree of README.md, in the order of inspect', () => {
      const tree = linesBelow(new RegExp(`^├── ${group} `), /^│ {3}/, readLines('README.md'));
      const shown = tree.map(line => /^│ {3}[├└]── (\S+)/.exec(line)?.[1]);
      assert.deepEqual(
        shown,
        columns.map(({ name }) => name),
      );
    });
  });
}

test('every type of a metric is in the tree of README.md', () => {
  const tree = readLines('README.md').filter(line => line.startsWith('│   '));
  const missing = metricsTable.columns.filter(
    ({ name, dtype }) => !tree.some(line => new RegExp(`── ${name} +\\[\\d+\\] +${dtypeNames[dtype]} `).test(line)),
  );
  assert.deepEqual(missing, []);
});
