// The beginning of a page that one answer can carry, whatever its items hold.

/** Lambda hands on 6 MB at most; the rest is room for what stands around the items. */
export const PAGE_LIMIT_BYTES = 4_000_000;

/** Bytes of an item in the answer: JSON in a string of JSON, where every quote and backslash is written once more. */
const sentBytes = (item: unknown): number => Buffer.byteLength(JSON.stringify(JSON.stringify(item)));

/** @returns the first items that have `limitBytes` at most together; the very first one in any case, so that pages go on */
export const withinBytes = <T>(items: readonly T[], limitBytes: number): readonly T[] => {
  let bytes = 0;
  const end = items.findIndex((item, index) => {
    bytes += sentBytes(item);
    return bytes > limitBytes && index > 0;
  });
  return end < 0 ? items : items.slice(0, end);
};
