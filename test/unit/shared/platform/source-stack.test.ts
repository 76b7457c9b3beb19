// Stacks as they are logged. That a minified bundle's is told in its sources is shown with the bundles themselves
// (test/infra/assets.test.ts).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sourceStack } from '../../../../lambdas/shared/platform/source-stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'aimass-stack-'));
afterAll(() => rmSync(folder, { recursive: true }));

const stackAt = (file: string) =>
  `RangeError: of a (b.js:1:1)\n    at async f (${file}:1:5)\n    at ${file}:1:1\n    at new Promise (<anonymous>)`;

it('is the sources’ where a map lies beside the file', () => {
  const file = join(folder, 'mapped.js');
  // One segment: the first column of the first line comes from line 7, column 3 of the source.
  writeFileSync(
    `${file}.map`,
    JSON.stringify({ version: 3, sources: ['../../lambdas/a/b.ts'], names: [], mappings: 'AAME' }),
  );
  expect(sourceStack(stackAt(file))).toBe(
    'RangeError: of a (b.js:1:1)\n    at async lambdas/a/b.ts:7:3\n    at lambdas/a/b.ts:7:3\n    at new Promise (<anonymous>)',
  );
});

it.each(['absent', 'broken'])('stays as it is where the map is %s', (name) => {
  const file = join(folder, `${name}.js`);
  if (name === 'broken') writeFileSync(`${file}.map`, 'no map');
  expect(sourceStack(stackAt(file))).toBe(stackAt(file));
});

it('is nothing where there is none', () => {
  expect(sourceStack(undefined)).toBeUndefined();
});
