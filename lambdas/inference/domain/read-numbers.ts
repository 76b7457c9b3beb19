// A flat JSON list of plain numbers, read from the text's bytes straight into a typed array. What it gives is what
// `JSON.parse` and an assignment would; whatever is not plain is declined, and left to them.
//
//      ┌────────────────── , ◄──────────────────┐
//   [ ─┴► -? ─► whole ─► .fraction? ─► e±power? ─┴► ]
//                         │             ╰─ read by the language, as is what has too many digits
//                         ╰─ four digits at a time: one word of the text
//
//   value ≈ digits / 10^e, where e ≤ 22, as such powers of ten are exact doubles (Clinger 1990)

const ZERO = 0x30;
const COMMA = 0x2c;
const DOT = 0x2e;
const MINUS = 0x2d;
const PLUS = 0x2b;
const CLOSE_ARRAY = 0x5d;
/** `E` with the bit that makes it small. */
const EXPONENT = 0x65;

/** A place that is none: the list is declined. */
const DECLINED = -1;

const EXACT_POWERS = 22;
/** Powers of ten that are exact as doubles. */
const tens = Float64Array.from({ length: EXACT_POWERS + 1 }, (_, power) => Number(`1e${power}`));

/** Digits that a double surely holds, and a small integer. */
const SURE_DIGITS = 15;
const SMALL_DIGITS = 9;
/** Another four digits are taken while there are no more than 14. */
const ROOM = 1e14;
/**
 * Around what is computed: between them is the double that the language reads. Of u = 2^−53 each err the product and the
 * sum of the last four digits and of those after, the step by the power of ten, and that double itself: 6 u of these 16.
 */
const BELOW = 1 - 2 ** -49;
const ABOVE = 1 + 2 ** -49;

/** The number read last: nearly what the text means, see BELOW. Kept here, as a double that is returned is an object. */
const value = new Float64Array(1);
/** Whether it is the very double that the language reads. */
let isExact = false;

export interface NumberList {
  readonly bytes: Uint8Array;
  /** On the same bytes. */
  readonly words: DataView;
  /** The place after the opening bracket. */
  readonly from: number;
}

/**
 * @param out - [n], all of it written, unless the list is declined
 * @returns the place after the closing bracket; −1: declined, as there are not n plain numbers, or one is not finite
 */
export const readFloat32s = ({ bytes, words, from }: NumberList, out: Float32Array): number => {
  const { length } = out;
  let at = from;
  for (let index = 0; index < length; index++) {
    const begin = skipBlanks(bytes, at);
    const end = readNumber(bytes, words, begin);
    if (end < 0) return DECLINED;
    const near = value[0] as number;
    // What lies between two numbers that round to one float rounds to it as well; else it is near the middle of two.
    let float = Math.fround(near * BELOW);
    if (float !== Math.fround(near * ABOVE)) {
      if (!isExact) parseNumber(bytes, begin, end);
      float = Math.fround(value[0] as number);
    }
    if (!Number.isFinite(float)) return DECLINED;
    out[index] = float;
    at = skipBlanks(bytes, end);
    if (bytes[at++] !== (index + 1 < length ? COMMA : CLOSE_ARRAY)) return DECLINED;
  }
  return at;
};

/** As `readFloat32s`; those of more digits than a double surely holds are declined. */
export const readFloat64s = ({ bytes, words, from }: NumberList, out: Float64Array): number => {
  const { length } = out;
  let at = from;
  for (let index = 0; index < length; index++) {
    const end = readNumber(bytes, words, skipBlanks(bytes, at));
    if (end < 0 || !isExact || !Number.isFinite(value[0])) return DECLINED;
    out[index] = value[0] as number;
    at = skipBlanks(bytes, end);
    if (bytes[at++] !== (index + 1 < length ? COMMA : CLOSE_ARRAY)) return DECLINED;
  }
  return at;
};

/** Sets `value`. @returns the place after the number; −1: there is none */
const readNumber = (bytes: Uint8Array, words: DataView, from: number): number => {
  const isNegative = bytes[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  let at = first;
  let digit = digitAt(bytes, at);
  let few = 0;
  for (const end = first + SMALL_DIGITS; digit <= 9 && at < end; digit = digitAt(bytes, ++at)) {
    few = (Math.imul(few, 10) + digit) | 0;
  }
  let digits: number = few;
  for (; digit <= 9; digit = digitAt(bytes, ++at)) digits = digits * 10 + digit;
  if (at === first || (bytes[first] === ZERO && at > first + 1)) return DECLINED;
  let isLong = at - first > SURE_DIGITS;
  let exponent = 0;
  if (bytes[at] === DOT) {
    const point = at++;
    for (const lastWord = bytes.length - 4; at <= lastWord && digits < ROOM; at += 4) {
      const four = fourDigits(words.getInt32(at, true));
      if (four < 0) break;
      digits = digits * 10_000 + four;
    }
    few = 0;
    const rest = at;
    for (digit = digitAt(bytes, at); digit <= 9; digit = digitAt(bytes, ++at)) few = (Math.imul(few, 10) + digit) | 0;
    if (at === point + 1) return DECLINED;
    isLong ||= at - rest > SMALL_DIGITS;
    if (!isLong) digits = digits * (tens[at - rest] as number) + few;
    exponent = point + 1 - at;
  }
  if (((bytes[at] as number) | 0x20) === EXPONENT) return parseNumber(bytes, from, endOfExponent(bytes, at + 1));
  if (isLong || exponent < -EXACT_POWERS) return parseNumber(bytes, from, at);
  isExact = digits <= Number.MAX_SAFE_INTEGER;
  const magnitude = exponent < 0 ? digits / (tens[-exponent] as number) : digits;
  value[0] = isNegative ? -magnitude : magnitude;
  return at;
};

/** A word of text, its first byte lowest: digits are added up in pairs, then the pairs. −1: not digits throughout. */
const fourDigits = (text: number): number => {
  const word = text ^ 0x3030_3030;
  if ((((word + 0x7676_7676) | word) & 0x8080_8080) !== 0) return -1;
  const pairs = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff_00ff;
  return (Math.imul(pairs, 100) + (pairs >>> 16)) & 0xffff;
};

/** @returns −1: it is none */
const endOfExponent = (bytes: Uint8Array, from: number): number => {
  const first = bytes[from] === MINUS || bytes[from] === PLUS ? from + 1 : from;
  let at = first;
  while (digitAt(bytes, at) <= 9) at++;
  return at === first ? DECLINED : at;
};

/** The language's own reading. @param end - −1: there is no number */
const parseNumber = (bytes: Uint8Array, from: number, end: number): number => {
  if (end < 0) return DECLINED;
  value[0] = Number(Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString('latin1'));
  isExact = true;
  return end;
};

/**
 * Of plain digits alone, at most 15. As `readFloat32s`.
 * @param write - keeps a whole number; false: it does not fit
 */
export const readIntegers = (
  { bytes, from }: NumberList,
  length: number,
  write: (index: number, value: number) => boolean,
): number => {
  let at = from;
  for (let index = 0; index < length; index++) {
    at = skipBlanks(bytes, at);
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const first = at;
    let value = 0;
    for (let digit = digitAt(bytes, at); digit <= 9; digit = digitAt(bytes, ++at)) value = value * 10 + digit;
    const count = at - first;
    if (count === 0 || count > 15 || (bytes[first] === ZERO && count > 1)) return DECLINED;
    if (!write(index, isNegative ? -value : value)) return DECLINED;
    at = skipBlanks(bytes, at);
    if (bytes[at++] !== (index + 1 < length ? COMMA : CLOSE_ARRAY)) return DECLINED;
  }
  return at;
};

/** Above 9: no digit. Nor is what is beyond the end, which would count as 0. */
const digitAt = (bytes: Uint8Array, at: number): number =>
  at < bytes.length ? ((bytes[at] as number) - ZERO) >>> 0 : ZERO;

/** @returns the place of the next byte that is no blank of JSON's */
export const skipBlanks = (bytes: Uint8Array, from: number): number => {
  let at = from;
  while ((bytes[at] as number) <= 0x20 && isBlank(bytes[at] as number)) at++;
  return at;
};

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
