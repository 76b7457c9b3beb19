// A model's bytes from its file, for a child process. Hashed again: another child, taken over by what it ran, has the
// same user and might have written there.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ModelFile } from './child-messages.ts';

/** @throws Error when it is not the model any more */
export const readModelFile = async ({ path, sha256, sizeBytes }: ModelFile): Promise<Uint8Array> => {
  const bytes = await readFile(path);
  const got = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length !== sizeBytes || got !== sha256) {
    throw new Error(`the model must have ${sizeBytes} bytes and the SHA-256 ${sha256}, got ${bytes.length} and ${got}`);
  }
  return bytes;
};
