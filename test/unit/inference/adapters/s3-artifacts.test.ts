// Artifacts come whole, hashed on the way, into memory or into a file that nobody else finds; others do not come at all.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { s3Artifacts } from '../../../../lambdas/inference/adapters/s3-artifacts.ts';
import type { StoredFile } from '../../../../lambdas/inference/ports.ts';
import type { ReadObject } from '../../../../lambdas/shared/platform/signed/objects.ts';

const fileOf = (bytes: Uint8Array): StoredFile => ({
  key: 'sha256/model',
  sha256: createHash('sha256').update(bytes).digest('hex'),
  sizeBytes: bytes.length,
});

/** Gives what each try gets, as signedObjects does; a try that is cut short is followed by the next. */
const reading =
  (...tries: readonly Uint8Array[]): ReadObject =>
  async (_bucket, _key, sink) => {
    for (const [index, bytes] of tries.entries()) {
      sink.begin(tries.at(-1)?.length ?? 0);
      for (let at = 0; at < bytes.length; ) {
        const room = sink.space();
        // TLS gives 16 KiB at a time.
        const part = bytes.subarray(at, at + Math.min(room.length, index % 2 === 0 ? 16_384 : 1_000_000));
        room.set(part);
        at += part.length;
        await sink.take(room.subarray(0, part.length));
      }
    }
  };

const ways = {
  memory: async (readObject: ReadObject, file: StoredFile) => s3Artifacts(readObject, 'artifacts').read(file),
  'a file': async (readObject: ReadObject, file: StoredFile) => {
    const scratch = await s3Artifacts(readObject, 'artifacts').readToScratch(file);
    try {
      return readFileSync(scratch.path);
    } finally {
      scratch.close();
    }
  },
};

describe.each(Object.entries(ways))('reading an artifact into %s', (_, read) => {
  const large = randomBytes(9_437_184 + 3);

  it.each([1, 16_384, 1_048_576, 1_048_577, large.length])('gives the %d bytes whose hash is right', async (size) => {
    const bytes = large.subarray(0, size);
    expect(bytes.equals(await read(reading(bytes), fileOf(bytes)))).toBe(true);
  });

  it('begins anew with every try', async () => {
    const wrong = Buffer.alloc(3_000_000, 1);
    const got = await read(reading(wrong, wrong.subarray(5), large), fileOf(large));
    expect(large.equals(got)).toBe(true);
  });

  const bytes = Buffer.from('the bytes of a model');
  it.each([
    { why: 'one byte changed', content: Buffer.from('the bytes of a modeL') },
    { why: 'one byte fewer', content: bytes.subarray(1) },
    { why: 'one byte more', content: Buffer.concat([bytes, Buffer.of(0)]) },
  ])('refuses others: $why', async ({ content }) => {
    await expect(read(reading(content), fileOf(bytes))).rejects.toThrow('artifact sha256/model must have');
  });
});

describe.runIf(process.platform === 'linux')('a scratch file', () => {
  const bytes = Buffer.from('weights');

  it('has no name, and is gone when it is closed', async () => {
    const scratch = await s3Artifacts(reading(bytes), 'artifacts').readToScratch(fileOf(bytes));
    expect(readlinkSync(scratch.path)).toContain('(deleted)');
    scratch.close();
    expect(existsSync(scratch.path)).toBe(false);
    expect(() => scratch.close()).not.toThrow();
  });

  it('is not left open by a reading that fails', async () => {
    const opened = () => readlinks().filter((link) => link.includes('aimass-'));
    await expect(
      s3Artifacts(reading(Buffer.from('others.')), 'artifacts').readToScratch(fileOf(bytes)),
    ).rejects.toThrow('SHA-256');
    expect(opened()).toEqual([]);
  });
});

const readlinks = (): string[] =>
  Array.from({ length: 256 }, (_, descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return '';
    }
  });
