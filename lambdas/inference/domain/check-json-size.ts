// How much memory a JSON text will take, before it is parsed: megabytes of brackets become gigabytes of objects.
import { DomainError } from '../../shared/kernel/errors.ts';

/** Smaller texts cannot do harm, and are not looked at. */
const HARMLESS_BYTES = 2_097_152;
/** A request's own objects are its tensors and their parameters. */
const MAX_OBJECTS = 10_000;
/** Nested data has an array for each row. */
const MAX_ARRAYS = 2_000_000;
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** @param bytes - JSON in UTF-8, not yet known to be valid @throws DomainError malformed_request */
export const checkJsonSize = (bytes: Uint8Array): void => {
  if (bytes.length <= HARMLESS_BYTES) return;
  let objects = 0;
  let arrays = 0;
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = endOfString(bytes, at + 1);
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      depth++;
      if (byte === OPEN_ARRAY) arrays++;
      else objects++;
      if (depth > MAX_DEPTH) throw tooMuch(`nested at most ${MAX_DEPTH} deep`);
      if (arrays > MAX_ARRAYS) throw tooMuch(`of at most ${MAX_ARRAYS} arrays: send 'data' flat, or as binary tensors`);
      if (objects > MAX_OBJECTS) throw tooMuch(`of at most ${MAX_OBJECTS} objects`);
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      depth--;
    }
  }
};

/** @returns where the closing quote is, or the text ends */
const endOfString = (bytes: Uint8Array, from: number): number => {
  let at = bytes.indexOf(QUOTE, from);
  while (at >= 0) {
    let backslashes = 0;
    while (bytes[at - 1 - backslashes] === BACKSLASH && at - 1 - backslashes >= from) backslashes++;
    if (backslashes % 2 === 0) return at;
    at = bytes.indexOf(QUOTE, at + 1);
  }
  return bytes.length;
};

const tooMuch = (allowed: string) =>
  new DomainError('unreadable', 'malformed_request', `the body must be JSON ${allowed}, got more`);
