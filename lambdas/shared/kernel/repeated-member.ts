// Finds what `JSON.parse` passes over: of two members of one name it keeps the last and tells nobody, so that what was
// looked at on the way here and what is done here could differ (RFC 8259 §4).

/** Numbers and the like are leapt over: a long list of them costs next to nothing. */
const structure = /["{}[\]]/g;
const endOrEscape = /["\\]/g;
const colonNext = /[ \t\n\r]*:/y;

const next = (pattern: RegExp, text: string, from: number): number => {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
};

/**
 * @param text - JSON that was parsed
 * @param value - what it was parsed to, where that is at hand: most texts need no second look then
 * @returns the first name that some object has twice, or undefined. Names are compared as they are meant: `"a"` is `"\u0061"`
 */
export const repeatedMember = (text: string, value?: unknown): string | undefined =>
  hasNoMoreColons(text, memberCount(value, MAX_DEPTH)) ? undefined : findRepeated(text);

/** Deeper ones are not counted. */
const MAX_DEPTH = 8;

/** Members of it and all within it, as far as they are easily found: none of them twice. */
const memberCount = (value: unknown, depth: number): number => {
  if (typeof value !== 'object' || value === null || depth === 0) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    // A list that does not begin with an object or a list is taken for one of numbers.
    if (typeof value[0] === 'object') for (const item of value) count += memberCount(item, depth - 1);
    return count;
  }
  const members = value as Readonly<Record<string, unknown>>;
  for (const name in members) count += 1 + memberCount(members[name], depth - 1);
  return count;
};

/** Every member of a text has its colon: where there are no more colons than members were kept, none was dropped. */
const hasNoMoreColons = (text: string, count: number): boolean => {
  let found = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) if (++found > count) return false;
  return true;
};

const findRepeated = (text: string): string | undefined => {
  /** The names seen in each object that is open at this place; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = next(structure, text, 0); at < text.length; at = next(structure, text, at + 1)) {
    switch (text.charAt(at)) {
      case '{':
        open.push(new Set());
        break;
      case '[':
        open.push(undefined);
        break;
      case '"': {
        const end = endOfString(text, at);
        const names = open.at(-1);
        if (names && isName(text, end)) {
          const name = JSON.parse(text.slice(at, end)) as string;
          if (names.has(name)) return name;
          names.add(name);
        }
        at = end - 1;
        break;
      }
      default:
        open.pop();
    }
  }
  return undefined;
};

/** @param at - of the opening quote. @returns the place after the closing one */
const endOfString = (text: string, at: number): number => {
  let end = next(endOrEscape, text, at + 1);
  while (text.charAt(end) === '\\') end = next(endOrEscape, text, end + 2);
  return end + 1;
};

/** In JSON, a colon follows names and nothing else. */
const isName = (text: string, end: number): boolean => {
  colonNext.lastIndex = end;
  return colonNext.test(text);
};
