import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeByName } from '../../../lambdas/registry/domain/merge-by-name.ts';
import { pageOf } from '../../../lambdas/registry/domain/page-of.ts';

interface Item {
  readonly name: string;
}

const items = fc.uniqueArray(fc.integer({ min: 0, max: 30 })).map((numbers) => numbers.map((n) => ({ name: `m${n}` })));
const byName = (descending: boolean) => (a: Item, b: Item) => (a.name < b.name !== descending ? -1 : 1);

async function* walk(sorted: readonly Item[]) {
  yield* sorted;
}

const all = async <T>(walked: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of walked) found.push(item);
  return found;
};

describe('two sorted walks', () => {
  it('become one, sorted and without doubles, both ways', async () => {
    await fc.assert(
      fc.asyncProperty(items, items, fc.boolean(), async (a, b, descending) => {
        const order = byName(descending);
        const merged = await all(mergeByName(walk([...a].sort(order)), walk([...b].sort(order)), descending));
        const expected = [...new Set([...a, ...b].map(({ name }) => name))].map((name) => ({ name })).sort(order);
        expect(merged).toEqual(expected);
      }),
    );
  });
});

describe('pages of a walk', () => {
  it('tell each match once, in order, whatever the limits', async () => {
    const limits = fc.integer({ min: 1, max: 7 });
    await fc.assert(
      fc.asyncProperty(items, limits, limits, fc.integer({ min: 1, max: 4 }), async (some, limit, lookLimit, nth) => {
        const sorted = [...some].sort(byName(false));
        const matches = ({ name }: Item) => Number(name.slice(1)) % nth === 0;
        const told: Item[] = [];
        for (let after = ''; ; ) {
          const rest = sorted.filter(({ name }) => name > after);
          const page = await pageOf(walk(rest), { limit, lookLimit, matches });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          told.push(...page.items);
          if (!page.last) break;
          after = page.last.name;
        }
        expect(told).toEqual(sorted.filter(matches));
      }),
    );
  });
});
