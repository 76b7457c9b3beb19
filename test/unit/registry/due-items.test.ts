// What the clock has to do about a version, as the writes leave it in the table: one item, and the right one.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { changeDue } from '../../../lambdas/registry/adapters/due-items.ts';
import type { DueItem } from '../../../lambdas/registry/ports/life.ts';

/** What a transaction's writes make of the items that are there, by sort key. */
const applied = (items: Map<string, unknown>, writes: ReturnType<typeof changeDue>) => {
  const keys = writes.map(({ Put, Delete }) => Put?.Item?.sk ?? Delete?.Key?.sk);
  // DynamoDB takes no transaction with two writes of one item.
  expect(new Set(keys).size).toBe(keys.length);
  for (const { Put, Delete } of writes) {
    if (Delete) items.delete(Delete.Key?.sk);
    if (Put) items.set(Put.Item?.sk, Put.Item?.kind);
  }
};

const due = fc.option(
  fc.record({ kind: fc.constantFrom('sunset' as const, 'purge' as const), atMs: fc.integer({ min: 1, max: 3 }) }),
);

it('is what is due now and nothing else, also where one end falls on the instant of another', () => {
  fc.assert(
    fc.property(fc.array(due, { minLength: 1, maxLength: 8 }), (steps) => {
      const items = new Map<string, unknown>();
      let was: DueItem | undefined;
      for (const step of steps) {
        const is = step ? { ...step, model: 'acme.iris', version: '1.0.0' } : undefined;
        applied(items, changeDue('table', was, is));
        expect([...items.values()]).toEqual(is ? [is.kind] : []);
        was = is;
      }
    }),
  );
});

it('is not written again where nothing changes', () => {
  const item = { kind: 'purge', atMs: 5, model: 'acme.iris', version: '1.0.0' } as const;
  expect(changeDue('table', item, item)).toEqual([]);
});
