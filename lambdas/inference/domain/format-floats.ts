// Floats as JSON text, fast: digits are written into bytes by integer arithmetic, where `String` goes the long way round.
//
// Nine significant digits name every float32 apart from its neighbours (Steele and White 1990; IEEE 754-2019, 5.12.2);
// most need fewer, so seven and eight are tried first, and whatever is read back as the same float32 stands:
//
//   0.1f = 0.100000001490…  ──7 digits──►  1000000 · 10⁻⁷  ──trailing zeros off──►  0.1

/** Within these, a float is written without an exponent; others are rare, and left to `String`. */
const LEAST = 1e-5;
const MOST = 1e7;

/** The longest text of one: `-0.00001234567890`, a comma and some room; and what `String` may give. */
const MAX_TEXT = 26;

const ZERO = 0x30;
const COMMA = 0x2c;
const DOT = 0x2e;
const MINUS = 0x2d;

/** Powers of ten that are exact as doubles. */
const tens = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** Kept, as most answers fit: an answer is written at once, never two at a time. */
const scratch = Buffer.alloc(65_536);

/**
 * JSON's text of an array. Read as JSON and rounded to float32, each number is bit for bit what it was; −0 is `-0.0`;
 * NaN and the infinities, which JSON has no numbers for, are strings.
 * @param values - [n]
 */
export const formatFloat32s = (values: Float32Array): string => {
  const { length } = values;
  if (length === 0) return '[]';
  const room = length * MAX_TEXT + 2;
  const out = room <= scratch.length ? scratch : Buffer.allocUnsafe(room);
  out[0] = 0x5b;
  let at = 1;
  for (let index = 0; index < length; index++) {
    at = writeFloat32(out, at, values[index] as number);
    out[at++] = COMMA;
  }
  out[at - 1] = 0x5d;
  return out.toString('latin1', 0, at);
};

/** @returns where the next byte goes */
const writeFloat32 = (out: Buffer, from: number, value: number): number => {
  const magnitude = Math.abs(value);
  if (!(magnitude >= LEAST && magnitude < MOST)) return writeOther(out, from, value);
  let at = from;
  if (value < 0) out[at++] = MINUS;
  const exponent = magnitude >= 1 ? wholeDigits(magnitude) : -leadingZeros(magnitude);
  const short = tens[7 - exponent] as number;
  const shortened = Math.round(magnitude * short);
  // Quotients of exact doubles are rounded once: the same as what a reader of the text gets.
  if (Math.fround(shortened / short) === magnitude) return writeScaled(out, at, shortened, 7 - exponent);
  return writeScaled(out, at, Math.round(magnitude * (tens[9 - exponent] as number)), 9 - exponent);
};

/** Digits before the point; 1 to 7. */
const wholeDigits = (magnitude: number): number => {
  let count = 1;
  while (magnitude >= (tens[count] as number)) count++;
  return count;
};

/** Zeros between the point and the first digit; 0 to 4. */
const leadingZeros = (magnitude: number): number => {
  let count = 0;
  for (let shifted = magnitude * 10; shifted < 1; shifted *= 10) count++;
  return count;
};

/** Writes scaled · 10^−places, 0 < scaled < 10^9 (a small integer to V8), without the zeros that end it. */
const writeScaled = (out: Buffer, from: number, scaled: number, places: number): number => {
  let rest = scaled | 0;
  let count = places;
  while (count > 0 && rest % 10 === 0) {
    rest = (rest / 10) | 0;
    count--;
  }
  const power = tens[count] as number;
  const whole = (rest / power) | 0;
  const at = writeWhole(out, from, whole);
  if (count === 0) return at;
  out[at] = DOT;
  let fraction = (rest - whole * power) | 0;
  for (let place = at + count; place > at; place--) {
    const shorter = (fraction / 10) | 0;
    out[place] = ZERO + fraction - shorter * 10;
    fraction = shorter;
  }
  return at + count + 1;
};

const writeWhole = (out: Buffer, from: number, whole: number): number => {
  if (whole < 10) {
    out[from] = ZERO + whole;
    return from + 1;
  }
  let digits = 2;
  while (whole >= (tens[digits] as number)) digits++;
  let rest = whole;
  for (let place = from + digits - 1; place >= from; place--) {
    const shorter = (rest / 10) | 0;
    out[place] = ZERO + rest - shorter * 10;
    rest = shorter;
  }
  return from + digits;
};

const writeOther = (out: Buffer, from: number, value: number): number => {
  const text =
    value === 0 ? (Object.is(value, -0) ? '-0.0' : '0') : Number.isFinite(value) ? String(value) : `"${value}"`;
  return from + out.write(text, from, 'latin1');
};
