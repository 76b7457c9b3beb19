// A page out of a long walk: bounded in what it tells and in what it looks at.
export interface Page<T> {
  readonly items: readonly T[];
  /** What to go on after; undefined at the end. */
  readonly last: T | undefined;
}

/** @param lookLimit - items looked at, at most: a rare match ends a page early instead of reading for ever */
export const pageOf = async <T>(
  walk: AsyncIterable<T>,
  { limit, lookLimit, matches }: { limit: number; lookLimit: number; matches: (item: T) => boolean },
): Promise<Page<T>> => {
  const items: T[] = [];
  let last: T | undefined;
  let lookedCount = 0;
  for await (const item of walk) {
    // There is one more: the page ends before it.
    if (items.length === limit || lookedCount === lookLimit) return { items, last };
    lookedCount++;
    last = item;
    if (matches(item)) items.push(item);
  }
  return { items, last: undefined };
};
