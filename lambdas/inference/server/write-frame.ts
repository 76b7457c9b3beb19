// A child's way to write a frame: at once and whole, since the next run blocks the thread.
import { writeSync } from 'node:fs';
import { encodeFrame } from './frames.ts';

const WORDS_FD = 3;

export const writeFrame = (header: object, body: readonly Uint8Array[] = []): void => {
  for (const part of encodeFrame(header, body)) {
    for (let at = 0; at < part.length; ) at += writeSync(WORDS_FD, part, at);
  }
};
