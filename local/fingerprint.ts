// One hash over all that a deploy is made from, so that an unchanged tree is not deployed again.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.ts';

const sources = [
  'bin',
  'lib',
  'lambdas',
  'layers',
  'docs/openapi.json',
  'docs/errors.md',
  'cdk.json',
  'package-lock.json',
];

const filesBelow = (path: string): string[] => {
  const full = join(root, path);
  const found = statSync(full, { throwIfNoEntry: false });
  if (!found) return [];
  if (found.isFile()) return [path];
  return readdirSync(full, { withFileTypes: true })
    .filter((entry) => entry.name !== '__pycache__')
    .flatMap((entry) => filesBelow(join(path, entry.name)));
};

/** @returns SHA-256 (hex) of the names and contents of all sources of a deploy, and of `more` beside them */
export const fingerprint = (more: readonly string[] = []): string => {
  const hash = createHash('sha256');
  for (const file of [...sources, ...more].flatMap(filesBelow).sort()) {
    const bytes = readFileSync(join(root, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
};
