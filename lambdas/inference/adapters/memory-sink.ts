// An object's bytes in memory, hashed as they come.
import { createHash, type Hash } from 'node:crypto';
import type { ObjectSink } from '../../shared/platform/signed/objects.ts';
import type { StoredFile } from '../ports.ts';
import { checkFile, checkSize } from './check-file.ts';

/** Most that is read at once: it is still in the processor's cache when it is hashed. */
const READ_BYTES = 1_048_576;

export interface MemorySink extends ObjectSink {
  /** @throws Error when they are not the file's */
  bytes(): Uint8Array;
}

export const memorySink = (file: StoredFile): MemorySink => {
  const bytes = Buffer.allocUnsafeSlow(file.sizeBytes);
  let at = 0;
  let hash: Hash = createHash('sha256');
  return {
    begin: (sizeBytes) => {
      checkSize(file, sizeBytes);
      at = 0;
      hash = createHash('sha256');
    },
    space: () => bytes.subarray(at, at + READ_BYTES),
    take: (part) => {
      hash.update(part);
      at += part.length;
      return undefined;
    },
    bytes: () => {
      checkFile(file, at, hash.digest('hex'));
      return bytes;
    },
  };
};
