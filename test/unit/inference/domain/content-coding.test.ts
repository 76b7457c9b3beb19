// Bodies that came packed are unpacked within bounds.
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DECODED_LIMIT_BYTES, decodeBody } from '../../../../lambdas/inference/domain/content-coding.ts';
import { codeOf } from './request-builders.ts';

const body = Buffer.from('{"inputs":[]}');
const garbage = Buffer.from('garbage');

/** The last eight bytes are checksum and length. */
const withWrongSum = (packed: Buffer) => packed.fill(0, packed.length - 8, packed.length - 4);

describe('a body’s content coding', () => {
  it.each([
    { coding: undefined, packed: body },
    { coding: 'identity', packed: body },
    { coding: 'gzip', packed: gzipSync(body) },
    { coding: 'GZIP', packed: gzipSync(body) },
    { coding: 'x-gzip', packed: gzipSync(body) },
    { coding: 'deflate', packed: deflateSync(body) },
    { coding: 'deflate', packed: deflateSync(body, { level: 9 }) },
  ])('is undone: $coding', ({ coding, packed }) => {
    expect(Buffer.from(decodeBody(packed, coding))).toEqual(body);
  });

  it('is undone in each member of a gzip body', () => {
    const packed = Buffer.concat([gzipSync(body.subarray(0, 5)), gzipSync(''), gzipSync(body.subarray(5))]);
    expect(Buffer.from(decodeBody(packed, 'gzip'))).toEqual(body);
  });

  it('is ignored where a proxy has undone it and left the header', () => {
    expect(decodeBody(body, 'gzip')).toBe(body);
    expect(decodeBody(Buffer.from(' \n{}'), 'deflate')).toHaveLength(4);
  });

  it('stops at the bound, and not before', () => {
    const most = Buffer.alloc(DECODED_LIMIT_BYTES);
    expect(decodeBody(gzipSync(most), 'gzip')).toHaveLength(DECODED_LIMIT_BYTES);
    for (const [coding, pack] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
    ] as const) {
      const more = pack(Buffer.alloc(DECODED_LIMIT_BYTES + 1));
      expect(() => decodeBody(more, coding)).toThrow(`at most ${DECODED_LIMIT_BYTES} bytes unpacked`);
    }
  });

  it('costs no more for a body that unpacks to gigabytes than for one at the bound', () => {
    const zeros = gzipSync(Buffer.alloc(DECODED_LIMIT_BYTES));
    // 5.9 MB of members that unpack to 25 MB each: 6 GB.
    const bomb = Buffer.concat(Array.from({ length: Math.floor(5_900_000 / zeros.length) }, () => zeros));
    const took = (packed: Uint8Array) => {
      const beganAt = performance.now();
      codeOf(() => decodeBody(packed, 'gzip'));
      return performance.now() - beganAt;
    };
    const rounds = Array.from({ length: 5 }, () => ({ atBound: took(zeros), bomb: took(bomb) }));
    expect(Math.min(...rounds.map((round) => round.bomb))).toBeLessThan(
      5 * Math.min(...rounds.map((round) => round.atBound)),
    );
  });

  it.each([
    { coding: 'br', packed: body, says: "'content-encoding' must be gzip, deflate or identity, got 'br'" },
    { coding: 'gzip, gzip', packed: gzipSync(gzipSync(body)), says: "got 'gzip, gzip'" },
    { coding: 'constructor', packed: body, says: "got 'constructor'" },
    { coding: 'gzip', packed: gzipSync(body).subarray(0, 12), says: 'the body must be gzip' },
    { coding: 'gzip', packed: gzipSync(body).subarray(0, -1), says: 'unexpected end of file' },
    { coding: 'gzip', packed: Buffer.concat([gzipSync(body), garbage]), says: 'the body must be gzip' },
    { coding: 'gzip', packed: Buffer.concat([gzipSync(body), Buffer.alloc(3)]), says: 'got 3 bytes more' },
    { coding: 'gzip', packed: withWrongSum(gzipSync(body)), says: 'incorrect' },
    { coding: 'gzip', packed: deflateSync(body), says: 'does not begin so' },
    { coding: 'gzip', packed: Buffer.alloc(0), says: 'does not begin so' },
    { coding: 'deflate', packed: Buffer.concat([deflateSync(body), garbage]), says: 'got 7 bytes more' },
    { coding: 'deflate', packed: deflateSync(body).subarray(0, -2), says: 'unexpected end of file' },
    { coding: 'deflate', packed: deflateRawSync(body), says: 'does not begin so' },
    {
      coding: 'gzip',
      packed: Buffer.from(gzipSync(body).toString('utf8')),
      says: 'taken for text on its way, and lost bytes',
    },
  ])('is refused: $coding, $says', ({ coding, packed, says }) => {
    expect(() => decodeBody(packed, coding)).toThrow(says);
    expect(codeOf(() => decodeBody(packed, coding))).toBe('malformed_request');
  });
});
