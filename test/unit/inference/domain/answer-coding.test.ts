// Answers are packed as the caller accepts it, and only where that is worth it.
import { gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { chooseCoding } from '../../../../lambdas/inference/domain/answer-coding.ts';
import { ANSWER_LIMIT_BYTES, encodeInferAnswer } from '../../../../lambdas/inference/domain/infer-answer.ts';
import { codeOf, messageOf } from './request-builders.ts';

describe('the coding of an answer', () => {
  it.each([
    { accepted: undefined, name: 'identity', identityAllowed: true },
    { accepted: '', name: 'identity', identityAllowed: true },
    { accepted: 'gzip', name: 'gzip', identityAllowed: true },
    { accepted: 'GZip', name: 'gzip', identityAllowed: true },
    { accepted: 'x-gzip', name: 'gzip', identityAllowed: true },
    { accepted: 'deflate', name: 'deflate', identityAllowed: true },
    { accepted: 'gzip, deflate, br, zstd', name: 'gzip', identityAllowed: true },
    { accepted: 'deflate;q=1, gzip;q=0.5', name: 'deflate', identityAllowed: true },
    { accepted: 'deflate ; q=0.4 , gzip ; q=0.5', name: 'gzip', identityAllowed: true },
    { accepted: '*', name: 'gzip', identityAllowed: true },
    { accepted: 'gzip;q=0, *', name: 'deflate', identityAllowed: true },
    { accepted: 'gzip;q=0', name: 'identity', identityAllowed: true },
    { accepted: '*;q=0', name: undefined },
    { accepted: '*;q=0, deflate', name: 'deflate', identityAllowed: false },
    { accepted: 'identity;q=0, gzip;q=0.1', name: 'gzip', identityAllowed: false },
    { accepted: 'identity;q=0', name: undefined },
    { accepted: 'br, identity;q=0', name: undefined },
    { accepted: 'br', name: 'identity', identityAllowed: true },
    { accepted: 'identity, gzip;q=0.5', name: 'identity', identityAllowed: true },
    { accepted: 'gzip;q=2, deflate', name: 'deflate', identityAllowed: true },
    { accepted: 'gzip;q=x', name: 'identity', identityAllowed: true },
    { accepted: ';;,gzip;q=1;q=0,,deflate;q=0.001', name: 'deflate', identityAllowed: true },
  ])('is $name for $accepted', ({ accepted, name, identityAllowed }) => {
    if (name) expect(chooseCoding(accepted)).toEqual({ name, identityAllowed });
    else expect(messageOf(() => chooseCoding(accepted))).toContain("'accept-encoding' must allow gzip");
  });

  const tensor = (elements: number, fill = 0.5) => ({
    name: 'x',
    datatype: 'FP32' as const,
    shape: [elements],
    data: new Uint8Array(new Float32Array(elements).fill(fill).buffer),
  });
  const answer = (elements: number, accepted: string | undefined, binary: boolean) =>
    encodeInferAnswer(
      {
        model: 'm',
        version: '1.0.0',
        id: undefined,
        requested: [{ name: 'x', binary }],
        rowCount: elements,
        coding: chooseCoding(accepted),
      },
      [tensor(elements)],
    );

  it.each([
    { accepted: 'gzip', unpack: gunzipSync },
    { accepted: 'deflate', unpack: inflateSync },
  ])('$accepted gives the same bytes, JSON or binary, and counts its header unpacked', ({ accepted, unpack }) => {
    for (const binary of [false, true]) {
      const plain = answer(5000, undefined, binary);
      const packed = answer(5000, accepted, binary);
      expect(packed.headers).toEqual({ ...plain.headers, 'content-encoding': accepted });
      expect(packed.body.length).toBeLessThan(plain.body.length);
      expect(unpack(packed.body)).toEqual(Buffer.from(plain.body));
    }
  });

  it('varies by what is accepted, packed or not', () => {
    expect(answer(1, undefined, false).headers.vary).toBe('accept-encoding');
    expect(answer(5000, 'gzip', true).headers.vary).toBe('accept-encoding');
  });

  it('leaves small answers as they are, unless that is refused', () => {
    expect(answer(1, 'gzip', false).headers).not.toHaveProperty('content-encoding');
    expect(answer(1, 'gzip, identity;q=0', false).headers['content-encoding']).toBe('gzip');
  });

  it('leaves as it is what does not become smaller, unless that is refused', () => {
    const noise = Buffer.alloc(40_000);
    for (let at = 0, seed = 1; at < noise.length; at++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      noise[at] = seed >>> 24;
    }
    const output = { name: 'x', datatype: 'UINT8' as const, shape: [noise.length], data: new Uint8Array(noise) };
    const call = { model: 'm', version: '1', id: undefined, requested: [{ name: 'x', binary: true }], rowCount: 1 };
    const encode = (accepted: string) => encodeInferAnswer({ ...call, coding: chooseCoding(accepted) }, [output]);
    expect(encode('gzip').headers).not.toHaveProperty('content-encoding');
    expect(encode('gzip, identity;q=0').headers['content-encoding']).toBe('gzip');
  });

  it('lets more fit into an answer, up to a bound of what it unpacks to', () => {
    const elements = 1_500_000;
    expect(codeOf(() => answer(elements, undefined, true))).toBe('output_too_large');
    expect(answer(elements, 'gzip', true).body.length).toBeLessThan(ANSWER_LIMIT_BYTES);
    expect(messageOf(() => answer(7_000_000, 'gzip', true))).toContain('at most 25165824 bytes');
  });
});
