// Sorted texts, one after another as UTF-16 code units: what is found in them needs no string for each.
export interface TextTable {
  /** All texts end to end. */
  readonly units: Uint16Array;
  /** [count + 1]: where each begins; the last is the end of all. */
  readonly starts: Uint32Array;
}

export const textCount = ({ starts }: TextTable): number => starts.length - 1;

export const textAt = ({ units, starts }: TextTable, index: number): string => {
  const end = starts[index + 1] as number;
  let text = '';
  // Some thousand arguments at a time are within what a call takes.
  for (let at = starts[index] as number; at < end; at += CALL_UNITS) {
    text += String.fromCharCode.apply(
      undefined,
      units.subarray(at, Math.min(end, at + CALL_UNITS)) as unknown as number[],
    );
  }
  return text;
};

const CALL_UNITS = 4096;

/** @param texts - sorted by code unit, as `<` compares strings; each once */
export const toTextTable = (texts: readonly string[]): TextTable => {
  const starts = new Uint32Array(texts.length + 1);
  let length = 0;
  for (const [index, text] of texts.entries()) {
    length += text.length;
    starts[index + 1] = length;
  }
  const units = new Uint16Array(length);
  let at = 0;
  for (const text of texts) for (let unit = 0; unit < text.length; unit++) units[at++] = text.charCodeAt(unit);
  return { units, starts };
};

/** @returns below 0 when the text at `index` comes before `text`, 0 when it is that */
export const compareAt = ({ units, starts }: TextTable, index: number, text: string): number => {
  const start = starts[index] as number;
  const length = (starts[index + 1] as number) - start;
  const shared = Math.min(length, text.length);
  for (let unit = 0; unit < shared; unit++) {
    const difference = (units[start + unit] as number) - text.charCodeAt(unit);
    if (difference !== 0) return difference;
  }
  return length - text.length;
};

/** @returns how many texts come before `text`: where it stands, or would */
export const lowerBound = (table: TextTable, text: string): number => {
  let low = 0;
  let high = textCount(table);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareAt(table, middle, text) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** @returns its index, or -1 */
export const indexOfText = (table: TextTable, text: string): number => {
  const at = lowerBound(table, text);
  return at < textCount(table) && compareAt(table, at, text) === 0 ? at : -1;
};

/** Whether the text at `index` begins with `prefix`. */
export const beginsWith = ({ units, starts }: TextTable, index: number, prefix: string): boolean => {
  const start = starts[index] as number;
  if ((starts[index + 1] as number) - start < prefix.length) return false;
  for (let unit = 0; unit < prefix.length; unit++) {
    if (units[start + unit] !== prefix.charCodeAt(unit)) return false;
  }
  return true;
};

/** @returns the index after the last text that begins with `prefix`; `from` is the lower bound of the prefix */
export const prefixEnd = (table: TextTable, prefix: string, from: number): number => {
  let low = from;
  let step = 1;
  const count = textCount(table);
  while (low < count && beginsWith(table, low, prefix)) {
    low += step;
    step *= 2;
  }
  let high = Math.min(low, count);
  low = Math.max(from, low - step / 2);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (beginsWith(table, middle, prefix)) low = middle + 1;
    else high = middle;
  }
  return low;
};
