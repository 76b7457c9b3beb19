// Frames arrive whole, however the bytes come; what is no frame is told.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, frameReader, MalformedFrame } from '../../../../lambdas/inference/server/frames.ts';

const anyFrame = fc.record({
  header: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.oneof(fc.integer(), fc.string({ unit: 'grapheme' }))),
  body: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }),
});

describe('frames', () => {
  it('come out as they went in, cut anywhere', () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames.flatMap(({ header, body }) => encodeFrame(header, body)));
          const read = frameReader(1_000_000);
          const got: { header: unknown; body: string }[] = [];
          for (let at = 0, cut = 0; at < bytes.length; cut++) {
            const end = at + (cuts[cut % cuts.length] ?? 1);
            for (const { header, body } of read(bytes.subarray(at, end)))
              got.push({ header, body: body.toString('hex') });
            at = end;
          }
          expect(got).toEqual(
            frames.map(({ header, body }) => ({
              header: JSON.parse(JSON.stringify(header)) as unknown,
              body: Buffer.concat(body).toString('hex'),
            })),
          );
        },
      ),
    );
  });

  it('larger than allowed are refused by their first bytes', () => {
    const [prefix] = encodeFrame({}, [new Uint8Array(1_000)]);
    expect(() => frameReader(500)(Buffer.from(prefix ?? []))).toThrow(MalformedFrame);
  });

  it('without JSON are refused', () => {
    const bytes = Buffer.concat(encodeFrame({ a: 1 }));
    bytes[8] = 0;
    expect(() => frameReader(500)(bytes)).toThrow(MalformedFrame);
  });
});
