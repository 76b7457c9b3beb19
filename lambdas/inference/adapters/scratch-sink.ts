// An object's bytes in a file without a name, hashed as they come. The name goes before the first byte is written: a
// process that a model ends leaves nothing behind, and no model finds another's file beside its own.
import { createHash, type Hash, randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectSink } from '../../shared/platform/signed/objects.ts';
import type { ScratchFile, StoredFile } from '../ports.ts';
import { checkFile, checkSize } from './check-file.ts';

const CHUNK_BYTES = 1_048_576;
const CHUNK_COUNT = 4;

export interface ScratchSink extends ObjectSink {
  /** @throws Error when its bytes are not the file's, or could not be written */
  finish(): Promise<ScratchFile>;
  /** Gives up whatever was written. */
  discard(): void;
}

/** One chunk is read into while Node's own threads write the others. */
export const scratchSink = (file: StoredFile): ScratchSink => {
  const chunks = Array.from({ length: CHUNK_COUNT }, () => Buffer.allocUnsafeSlow(CHUNK_BYTES));
  /** By chunk: its last write. */
  const writes: Promise<void>[] = chunks.map(() => Promise.resolve());
  let target = openTarget();
  let hash: Hash = createHash('sha256');
  let gotBytes = 0;
  let current = 0;
  let filledBytes = 0;

  /** @returns when the next chunk may be filled */
  const flush = (): Promise<void> => {
    const bytes = chunks[current]?.subarray(0, filledBytes) ?? Buffer.alloc(0);
    writes[current] = target.write(bytes, gotBytes - filledBytes);
    current = (current + 1) % CHUNK_COUNT;
    filledBytes = 0;
    return writes[current] ?? Promise.resolve();
  };
  return {
    begin: (sizeBytes) => {
      checkSize(file, sizeBytes);
      // What an earlier try wrote may still be on its way: it goes nowhere.
      if (gotBytes > 0) {
        target.close();
        target = openTarget();
      }
      hash = createHash('sha256');
      gotBytes = 0;
      filledBytes = 0;
    },
    space: () => chunks[current]?.subarray(filledBytes) ?? Buffer.alloc(0),
    take: (part) => {
      hash.update(part);
      gotBytes += part.length;
      filledBytes += part.length;
      return filledBytes === CHUNK_BYTES ? flush() : undefined;
    },
    finish: async () => {
      if (filledBytes > 0) flush();
      await Promise.all(writes);
      checkFile(file, gotBytes, hash.digest('hex'));
      return { path: target.path, close: target.close };
    },
    discard: () => target.close(),
  };
};

/** Where a process finds its own open files by name. */
const openFiles = process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd';

interface Target {
  readonly path: string;
  /** Rejections are met by whoever waits; those that nobody waits for any more are let go. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** After the last write. */
  close(): void;
}

const openTarget = (): Target => {
  const name = join(tmpdir(), `aimass-${randomUUID()}`);
  const descriptor = openSync(name, 'wx+', 0o600);
  unlinkSync(name);
  let pendingCount = 0;
  let isClosing = false;
  const closeIfIdle = () => {
    if (isClosing && pendingCount === 0) closeSync(descriptor);
  };
  return {
    path: `${openFiles}/${descriptor}`,
    write: (bytes, position) => {
      pendingCount++;
      const writing = writeAll(descriptor, bytes, position).finally(() => {
        pendingCount--;
        closeIfIdle();
      });
      writing.catch(() => {});
      return writing;
    },
    close: () => {
      if (isClosing) return;
      isClosing = true;
      closeIfIdle();
    },
  };
};

/** A full disk takes a part first, and refuses the rest. */
const writeAll = (descriptor: number, bytes: Uint8Array, position: number): Promise<void> =>
  new Promise((resolve, reject) => {
    write(descriptor, bytes, 0, bytes.length, position, (fault, count) => {
      if (fault) reject(fault);
      else if (count === bytes.length) resolve();
      else writeAll(descriptor, bytes.subarray(count), position + count).then(resolve, reject);
    });
  });
