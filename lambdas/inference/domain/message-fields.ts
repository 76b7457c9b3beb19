// Members of a message between functions, checked one by one. A fault in one is ours: functions write these, not callers.

/** @param found - cut short: it may be anything */
export const malformed = (member: string, wanted: string, found: unknown): Error => {
  const text = typeof found === 'object' ? (Array.isArray(found) ? 'an array' : found && 'an object') : String(found);
  return new Error(`'${member}' must ${wanted}, got ${String(text).slice(0, 64)}`);
};

export const objectOf = (value: unknown, member: string): Record<string, unknown> => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw malformed(member, 'be an object', value);
};

export const arrayOf = (value: unknown, member: string): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  throw malformed(member, 'be an array', value);
};

export const textOf = (value: unknown, member: string): string => {
  if (typeof value === 'string') return value;
  throw malformed(member, 'be text', value);
};

/** Text that is not empty. */
export const nameOf = (value: unknown, member: string): string => {
  if (typeof value === 'string' && value !== '') return value;
  throw malformed(member, 'be text that is not empty', value);
};

/** A whole number that is exact. */
export const countOf = (value: unknown, member: string, least: number): number => {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw malformed(member, `be a whole number of at least ${least}`, value);
};

export const timeOf = (value: unknown, member: string): number => {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw malformed(member, 'be a number of milliseconds', value);
};

/** Decimal digits of an exact number. */
export const readCount = (text: string, member: string): number => {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw malformed(member, 'have sizes of decimal digits', text);
};

const KNOWN_COUNT = 1_000;
const KNOWN_LENGTH = 256;

/**
 * Remembers what short texts were read as: the same come with every call of a model.
 * @param read - throws for what it cannot read
 */
export const createKnown = <T>(read: (text: string, member: string) => T) => {
  const known = new Map<string, T>();
  return (text: string, member: string): T => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const value = read(text, member);
    if (text.length > KNOWN_LENGTH) return value;
    if (known.size === KNOWN_COUNT) known.clear();
    known.set(text, value);
    return value;
  };
};
