// Money is bigint micros (millionths of the platform currency); a rate is a decimal string of micros with up to six
// fractional digits. Nothing here ever passes through a floating-point number.

/** Millionths of the platform currency. */
export type Micros = bigint;

/** A rate in millionths of a micro: what a decimal rate string is in exact integers. */
export type ScaledRate = bigint;

const RATE_SCALE = 1_000_000n;
const ratePattern = /^(0|[1-9]\d{0,14})(?:\.(\d{1,6}))?$/;
const microsPattern = /^(?:0|-?[1-9]\d{0,17})$/;

/** Whether the text is an integer of micros of at most 18 digits, as on the wire. */
export const isMicros = (text: string): boolean => microsPattern.test(text);

/** Whether the text is a rate: up to 15 digits, a point, up to six more. Never negative. */
export const isRate = (text: string): boolean => ratePattern.test(text);

/** @throws RangeError when the text is not an integer of micros */
export const parseMicros = (text: string): Micros => {
  if (!isMicros(text)) throw new RangeError(`'micros' must be an integer of at most 18 digits, got '${text}'`);
  return BigInt(text);
};

export const formatMicros = (micros: Micros): string => micros.toString();

/** @throws RangeError when the text is not a rate */
export const parseRate = (text: string): ScaledRate => {
  const match = ratePattern.exec(text);
  if (!match) throw new RangeError(`'rate' must be a decimal with up to six fractional digits, got '${text}'`);
  return BigInt(match[1] ?? '0') * RATE_SCALE + BigInt((match[2] ?? '').padEnd(6, '0'));
};

/** Rounds an exact sum of rate × quantity up, once, to whole micros. @param scaled - zero or more */
export const roundUpToMicros = (scaled: ScaledRate): Micros => (scaled + RATE_SCALE - 1n) / RATE_SCALE;

/** A share of an amount in basis points, rounded down. @param shareBps - 0 to 10 000 */
export const shareOf = (amount: Micros, shareBps: number): Micros => (amount * BigInt(shareBps)) / 10_000n;
