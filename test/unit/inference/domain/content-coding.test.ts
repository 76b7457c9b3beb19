// Bodies that came packed are unpacked within bounds.
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DECODED_LIMIT_BYTES, decodeBody } from '../../../../lambdas/inference/domain/content-coding.ts';

const body = Buffer.from('{"inputs":[]}');

describe('a body’s content coding', () => {
  it.each([
    { coding: undefined, packed: body },
    { coding: 'identity', packed: body },
    { coding: 'gzip', packed: gzipSync(body) },
    { coding: 'GZIP', packed: gzipSync(body) },
    { coding: 'deflate', packed: deflateSync(body) },
  ])('is undone: $coding', ({ coding, packed }) => {
    expect(Buffer.from(decodeBody(packed, coding))).toEqual(body);
  });

  it('is ignored where a proxy has undone it and left the header', () => {
    expect(decodeBody(body, 'gzip')).toBe(body);
    expect(decodeBody(body, 'deflate')).toBe(body);
  });

  it('stops at the bound, and not before', () => {
    const most = Buffer.alloc(DECODED_LIMIT_BYTES);
    expect(decodeBody(gzipSync(most), 'gzip')).toHaveLength(DECODED_LIMIT_BYTES);
    const more = gzipSync(Buffer.alloc(DECODED_LIMIT_BYTES + 1));
    expect(() => decodeBody(more, 'gzip')).toThrow(`at most ${DECODED_LIMIT_BYTES} bytes unpacked`);
  });

  it.each([
    { coding: 'br', packed: body, says: "'content-encoding' must be gzip, deflate or identity, got 'br'" },
    { coding: 'gzip', packed: gzipSync(body).subarray(0, 12), says: 'the body must be gzip' },
  ])('is refused: $coding', ({ coding, packed, says }) => {
    expect(() => decodeBody(packed, coding)).toThrow(says);
  });
});
