// Undoes a request body's content coding, within a bound: a few kilobytes can unpack to gigabytes.
import { gunzipSync, inflateSync } from 'node:zlib';
import { DomainError } from '../../shared/kernel/errors.ts';

/** Largest body after its coding is undone. JSON of as many numbers as a run takes is no larger. */
export const DECODED_LIMIT_BYTES = 25_165_824;

/** @param coding - header `content-encoding` @throws DomainError malformed_request, body_too_large */
export const decodeBody = (body: Uint8Array, coding: string | undefined): Uint8Array => {
  const name = (coding ?? 'identity').trim().toLowerCase();
  switch (name) {
    case 'identity':
    case '':
      return body;
    case 'gzip':
    case 'x-gzip':
      // Some proxies unpack and leave the header: what does not begin as gzip is as it was meant.
      return body[0] === 0x1f && body[1] === 0x8b ? unpack(gunzipSync, body, name) : body;
    case 'deflate':
      return body[0] !== undefined && (body[0] & 0x0f) === 8 ? unpack(inflateSync, body, name) : body;
    default:
      throw new DomainError(
        'unreadable',
        'malformed_request',
        `'content-encoding' must be gzip, deflate or identity, got '${name.slice(0, 40)}'`,
      );
  }
};

const unpack = (decode: typeof gunzipSync, body: Uint8Array, name: string): Uint8Array => {
  try {
    return decode(body, { maxOutputLength: DECODED_LIMIT_BYTES });
  } catch (fault) {
    if (fault instanceof RangeError) {
      throw new DomainError(
        'too_large',
        'body_too_large',
        `the body must be at most ${DECODED_LIMIT_BYTES} bytes unpacked, got more`,
      );
    }
    throw new DomainError('unreadable', 'malformed_request', `the body must be ${name}, as 'content-encoding' says`);
  }
};
