// package-lock.json must serve every platform: npm drops what the registry at hand does not hold, and `npm ci` then fails.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { root } from '../../../local/root.ts';

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ optionalDependencies: z.record(z.string(), z.string()).optional(), version: z.string().optional() }),
  ),
});

const { packages } = lockFile.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));

/** As Node looks for it: beside the dependent, then further up. */
const isLocked = (dependent: string, name: string): boolean => {
  for (let from = dependent; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    if (packages[`${from ? `${from}/` : ''}node_modules/${name}`]) return true;
    if (from === '') return false;
  }
};

it('names every optional package of every platform', () => {
  const missing = Object.entries(packages).flatMap(([dependent, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(dependent, name)),
  );
  expect(missing).toEqual([]);
});
