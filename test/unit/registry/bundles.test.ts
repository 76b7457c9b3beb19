// Versions of several files: what they may be called, and what is found in them.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { versionItem } from '../../../lambdas/registry/adapters/items.ts';
import { bundleFaults } from '../../../lambdas/registry/bundle-faults.ts';
import { pathFault } from '../../../lambdas/registry/domain/file-path.ts';
import { scanFile } from '../../../lambdas/registry/routes/scan-files.ts';

describe('a path', () => {
  it.each(['model.onnx', 'tokenizer/vocab.txt', 'labels.fr.json', 'größe.txt', 'LICENSE', 'a b.txt'])(
    'may be %s',
    (path) => expect(pathFault(path)).toBeUndefined(),
  );

  it.each([
    '../model.onnx',
    'a/../b',
    '/etc/passwd',
    'a//b',
    './a',
    'a/',
    '',
    'a\\b',
    'C:/a',
    'a\u0000b',
    'a\u202eb',
    'gro\u0308sse.txt',
    'a ',
    'a.',
    ' a',
    'a?b',
    'a%2e',
    'x'.repeat(201),
    '\ud800',
  ])('may not be %j', (path) => expect(pathFault(path)).toBeDefined());
});

describe('a list of files', () => {
  const of = (...paths: string[]) => paths.map((path) => ({ path, sizeBytes: 3 }));

  it('holds the model and what belongs to it', () =>
    expect(bundleFaults(of('model.onnx', 'config.json', 'weights.bin'))).toEqual([]));

  it.each([
    { why: 'no model', files: of('config.json') },
    { why: 'names that differ in case', files: of('model.onnx', 'a.txt', 'A.txt') },
    { why: 'a name that is a file and a folder', files: of('model.onnx', 'a', 'A/b.txt') },
    { why: 'a pickle', files: of('model.onnx', 'model.PKL') },
    { why: 'a program', files: of('model.onnx', 'run.py') },
    { why: 'more than 1 GiB together', files: [...of('model.onnx'), { path: 'w', sizeBytes: 2 ** 30 }] },
  ])('with $why is refused', ({ files }) => expect(bundleFaults(files)).toHaveLength(1));
});

const found = (path: string, bytes: Uint8Array, announced = bytes, isData = false) => {
  const sha256 = createHash('sha256').update(announced).digest('hex');
  const file = { path, sizeBytes: announced.length, sha256 };
  const candidate = { key: 'k', versionId: 'v', sha256, sizeBytes: announced.length };
  const read = async function* () {
    for (const byte of bytes) yield Uint8Array.of(byte);
  };
  return scanFile({ read }, { file, candidate }, isData ? () => {} : undefined);
};

describe('a file beside the model', () => {
  it.each([
    { path: 'labels.txt', bytes: Buffer.from('Katze\nVögel\n') },
    { path: 'config.json', bytes: Buffer.from('{"a": "[[[", "b": [1, "\\""]}') },
  ])('$path passes', async ({ path, bytes }) => expect(await found(path, bytes)).toBeUndefined());

  it('passes as a tensor’s data, whatever its bytes', async () =>
    expect(await found('w.bin', Uint8Array.of(0x1f, 0x8b, 0xff, 0), undefined, true)).toBeUndefined());

  it.each([
    { rule: 'forbidden_file', path: 'a.txt', bytes: Buffer.from('\x7fELF and so on', 'latin1') },
    { rule: 'forbidden_file', path: 'a.txt', bytes: Buffer.from([0x80, 4, 0x95, 1, 2]) },
    { rule: 'forbidden_file', path: 'a.txt', bytes: Buffer.from('PK\x03\x04zip', 'latin1') },
    { rule: 'forbidden_file', path: 'run', bytes: Buffer.from('#!/bin/sh\n') },
    { rule: 'not_text', path: 'a.txt', bytes: Buffer.from([0xc3, 0x28]) },
    { rule: 'not_text', path: 'a.txt', bytes: Buffer.from('a\0b') },
    { rule: 'invalid_json', path: 'a.json', bytes: Buffer.from('{') },
    { rule: 'invalid_json', path: 'a.json', bytes: Buffer.from('['.repeat(65) + ']'.repeat(65)) },
  ])('is refused as $rule', async ({ rule, path, bytes }) =>
    expect(await found(path, bytes)).toMatchObject({ rule, path }),
  );

  it('is refused when it is not the one announced, as data too', async () => {
    expect(await found('a.txt', Buffer.from('b'), Buffer.from('a'))).toMatchObject({ rule: 'hash_mismatch' });
    expect(await found('w.bin', Buffer.from('ab'), Buffer.from('a'), true)).toMatchObject({ rule: 'hash_mismatch' });
  });
});

describe('a version that was stored when it had one file', () => {
  it('is read as one of a list', () => {
    const file = { path: 'model.onnx', sizeBytes: 3, sha256: 'a'.repeat(64) };
    const item = {
      ...{ schema: 1, model: 'acme.iris', version: '1.0.0', ownerAccountId: 'acc_acme', state: 'scanning', file },
      ...{ upload: { kind: 'form', key: 'k' }, pinnedVersionId: 'v', revision: 2, createdAtMs: 1, updatedAtMs: 2 },
    };
    expect(versionItem.parse(item)).toMatchObject({
      files: [file],
      uploads: [{ kind: 'form', key: 'k' }],
      pinnedVersionIds: ['v'],
    });
  });
});
