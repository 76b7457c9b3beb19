// The language's own reading is the twin: `JSON.parse`, then the typed array's rounding.
import { describe, expect, it } from 'vitest';
import { readFloat32s, readFloat64s } from '../../../../lambdas/inference/domain/read-numbers.ts';

/** Marsaglia's xorshift: 32 bits a draw. */
const drawing = (seed: number) => {
  let state = seed;
  return (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
};

const COUNT = 50_000;
const scratch = new DataView(new ArrayBuffer(8));

const floatOf = (bits: number): number => {
  scratch.setUint32(0, bits);
  return scratch.getFloat32(0);
};
const doubleOf = (high: number, low: number): number => {
  scratch.setUint32(0, high);
  scratch.setUint32(4, low);
  return scratch.getFloat64(0);
};

/** Of the magnitudes that requests have: 10^−6 to 10^9. */
const everydayFloat = (bits: number) => floatOf((bits & 0x807f_ffff) | ((107 + (bits % 50)) << 23));
/** The middle of a float and its neighbour, or a few doubles beside it. */
const middle = (bits: number, aside: number): number => {
  scratch.setFloat64(0, everydayFloat(bits));
  scratch.setUint32(4, (0x1000_0000 + aside) >>> 0);
  return scratch.getFloat64(0);
};
const digits = (draw: () => number, count: number): string => Array.from({ length: count }, () => draw() % 10).join('');

const kinds: Readonly<Record<string, (draw: () => number) => string>> = {
  'float32s of everyday magnitude': (draw) => String(everydayFloat(draw())),
  'float32s of any bits': (draw) => String(floatOf(draw())),
  'subnormal float32s': (draw) => String(floatOf(draw() & 0x807f_ffff)),
  'doubles of everyday magnitude': (draw) => String((draw() / 2 ** 31 - 1) * 10 ** (draw() % 8) + draw() / 2 ** 60),
  'doubles of any bits': (draw) => String(doubleOf(draw(), draw())),
  'the middles of two float32s': (draw) => String(middle(draw(), 0)),
  'doubles beside the middles': (draw) => String(middle(draw(), (draw() % 9) - 4)),
  'exact middles in all their digits': (draw) => middle(draw() % 0x3f80_0000, 0).toFixed(40),
  'decimals beside the middles': (draw) => `${middle(draw(), 0).toFixed(30).slice(0, 24)}${draw() % 10}`,
  'integers about 2^24': (draw) => String(2 ** 24 + (draw() % 2 ** 12)),
  'digits, any number of them': (draw) =>
    `${1 + (draw() % 9)}${digits(draw, draw() % 25)}.${digits(draw, 1 + (draw() % 30))}`,
  'small ones': (draw) => `-0.${'0'.repeat(draw() % 25)}${digits(draw, 1 + (draw() % 20))}`,
  'powers of ten': (draw) =>
    `${draw() % 100}.${draw()}${draw() % 2 ? 'e' : 'E'}${['', '+', '-'][draw() % 3]}${draw() % 30}`,
};

const listOf = (texts: readonly string[]) => {
  const bytes = Buffer.from(`[${texts.join(' , ')}]}]}`);
  return { bytes, words: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), from: 1 };
};

describe('numbers of a list', () => {
  it.each(Object.entries(kinds))('%s are the float32s that the language reads', (name, make) => {
    const draw = drawing(2_463_534_242 + name.length);
    const texts = Array.from({ length: COUNT }, () => make(draw)).filter((text) => {
      const value = Math.fround(Number(text));
      return Number.isFinite(value);
    });
    const list = listOf(texts);
    const out = new Float32Array(texts.length);
    expect(texts.length).toBeGreaterThan(COUNT / 2);
    expect(readFloat32s(list, out)).toBe(list.bytes.length - 3);
    const wrong = texts.filter((text, index) => !Object.is(out[index], Math.fround(JSON.parse(text) as number)));
    expect(wrong).toEqual([]);
  });

  it.each(Object.entries(kinds))('%s are the doubles that the language reads, or declined', (name, make) => {
    const draw = drawing(88_172_645 + name.length);
    const out = new Float64Array(1);
    for (let index = 0; index < 20_000; index++) {
      const text = make(draw);
      if (!Number.isFinite(Number(text)) || readFloat64s(listOf([text]), out) < 0) continue;
      if (!Object.is(out[0], JSON.parse(text))) expect.fail(`${text} was read as ${out[0]}`);
    }
  });

  it.each([
    '',
    '-',
    '.5',
    '5.',
    '01',
    '-01',
    '00',
    '1e',
    '1e+',
    '1.e5',
    '+1',
    '1.2.3',
    'NaN',
    '"1"',
    '0x10',
    '1e400',
    '3.5e38',
    '1,',
    '--1',
    '1 2',
  ])('%j is declined', (text) => {
    expect(readFloat32s(listOf([text]), new Float32Array(1))).toBe(-1);
  });

  it('are as many as asked for', () => {
    expect(readFloat32s(listOf(['1', '2']), new Float32Array(1))).toBe(-1);
    expect(readFloat32s(listOf(['1', '2']), new Float32Array(3))).toBe(-1);
    expect(readFloat32s(listOf(['1', '2']), new Float32Array(2))).toBeGreaterThan(0);
  });
});
