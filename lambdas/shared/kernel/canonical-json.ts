// JSON with one text for one value (RFC 8785): members in the order of their names, no white space. What is signed is written so.

/**
 * @param value - plain: no cycles, no functions; members that are undefined are left out
 * @throws Error for a number that is not finite, which JSON has no text for
 */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((one) => canonicalJson(one ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    // By UTF-16 code units, as the standard has it.
    members.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`JSON has no ${value}`);
  return JSON.stringify(value);
};
