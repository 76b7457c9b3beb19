// What is published is scanned again when the scanner's version counts up: it has to, whenever a model could be judged otherwise.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SCANNER_VERSION } from '../../../../lambdas/shared/onnx/scanner-version.ts';

const folder = new URL('../../../../lambdas/shared/onnx/', import.meta.url);

/** What decides: the scanner itself, its bounds and rules, and what it says of the signature. */
const deciding = [
  ...readdirSync(new URL('scan/', folder)).map((name) => `scan/${name}`),
  'bounds.ts',
  'external-data.ts',
  'rejection.ts',
  'scan-model.ts',
  'signature-of.ts',
  'signature.ts',
  'zip-map-edits.ts',
].sort();

/** Comments and layout judge nothing. */
const codeOf = (text: string) =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\s+/g, '');

it('counts up when the scanner’s code changes', () => {
  const hash = createHash('sha256');
  for (const name of deciding) hash.update(`${name}\0${codeOf(readFileSync(new URL(name, folder), 'utf8'))}\0`);
  const seen = { version: SCANNER_VERSION, code: hash.digest('hex').slice(0, 16) };
  // If a model could be judged otherwise now, count SCANNER_VERSION up, so that what is published is scanned again. Either
  // way write here what was got.
  expect(seen).toEqual({ version: '1', code: 'aa9fb95b4a48736e' });
});
