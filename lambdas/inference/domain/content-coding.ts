// Undoes a request body's content coding, within a bound: a few kilobytes can unpack to gigabytes.
import { gunzipSync, inflateSync } from 'node:zlib';
import { DomainError } from '../../shared/kernel/errors.ts';

/** Largest body after its coding is undone. JSON of as many numbers as a run takes is no larger. */
export const DECODED_LIMIT_BYTES = 25_165_824;

interface Coding {
  readonly decode: typeof gunzipSync;
  /** Whether a body that begins so can be of this coding. */
  readonly begins: (body: Uint8Array) => boolean;
}

const gzip: Coding = { decode: gunzipSync, begins: ([first, second]) => first === 0x1f && second === 0x8b };
/** As HTTP has it: the zlib format, whose first two bytes are a multiple of 31. */
const deflate: Coding = {
  decode: inflateSync,
  begins: ([first = 0, second = 0]) => (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0,
};

const codings: Readonly<Record<string, Coding>> = { gzip, 'x-gzip': gzip, deflate };

const unreadable = (message: string) => new DomainError('unreadable', 'malformed_request', message);

/** @param coding - header `content-encoding` @throws DomainError malformed_request, body_too_large */
export const decodeBody = (body: Uint8Array, coding: string | undefined): Uint8Array => {
  const name = (coding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  const known = Object.hasOwn(codings, name) ? codings[name] : undefined;
  if (!known) {
    throw unreadable(`'content-encoding' must be gzip, deflate or identity, got '${name.slice(0, 40)}'`);
  }
  if (known.begins(body)) return unpack(known, body, name);
  // Some proxies unpack and leave the header: JSON is as it was meant.
  if (beginsAsJson(body)) return body;
  throw unreadable(
    isMangled(body)
      ? `the body was taken for text on its way, and lost bytes: send a body of 'content-encoding' ${name} with the content type application/octet-stream`
      : `the body must be ${name}, as 'content-encoding' says, and does not begin so`,
  );
};

const unpack = ({ decode }: Coding, body: Uint8Array, name: string): Uint8Array => {
  const { buffer, engine } = decoding(decode, body, name);
  const left = body.length - engine.bytesWritten;
  if (left > 0) throw unreadable(`the body must end where its ${name} data ends, got ${left} bytes more`);
  return buffer;
};

/** What `info: true` makes of the answer; of several gzip members all are unpacked. */
interface Unpacked {
  readonly buffer: Buffer;
  /** Its `bytesWritten` are those that were read of the input. */
  readonly engine: { readonly bytesWritten: number };
}

const decoding = (decode: typeof gunzipSync, body: Uint8Array, name: string): Unpacked => {
  try {
    return decode(body, { maxOutputLength: DECODED_LIMIT_BYTES, info: true }) as unknown as Unpacked;
  } catch (fault) {
    if (fault instanceof RangeError) {
      throw new DomainError(
        'too_large',
        'body_too_large',
        `the body must be at most ${DECODED_LIMIT_BYTES} bytes unpacked, got more`,
      );
    }
    const reason = fault instanceof Error ? fault.message : 'unreadable';
    throw unreadable(`the body must be ${name}, as 'content-encoding' says: ${reason}`);
  }
};

const OPEN_OBJECT = 0x7b;
const blanks = [0x20, 0x09, 0x0a, 0x0d];

const beginsAsJson = (body: Uint8Array): boolean => body.find((byte) => !blanks.includes(byte)) === OPEN_OBJECT;

/** A gateway that reads packed bytes as UTF-8 text leaves U+FFFD in their place. */
const isMangled = (body: Uint8Array): boolean => Buffer.from(body.subarray(0, 64)).includes('\ufffd');
