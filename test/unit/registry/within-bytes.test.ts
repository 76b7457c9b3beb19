import { describe, expect, it } from 'vitest';
import { PAGE_LIMIT_BYTES, withinBytes } from '../../../lambdas/registry/domain/within-bytes.ts';
import type { Model, ModelStore } from '../../../lambdas/registry/ports.ts';
import { listModels } from '../../../lambdas/registry/routes/list-models.ts';
import { directoryOf } from '../../support/model-directory.ts';

const wide = (name: string): Model => ({
  name,
  ownerAccountId: 'acc_owner',
  summary: 'wide',
  // A control character takes six bytes in JSON, and seven in the JSON around it.
  description: '\u0001'.repeat(10_000),
  task: 'other',
  license: 'MIT',
  tags: [],
  visibility: 'public',
  price: { perCallMicros: '0', perRowMicros: '0', version: 1 },
  latestVersion: '1.0.0',
  publishedCount: 1,
  revision: 1,
  createdAtMs: 0,
  updatedAtMs: 0,
});

const names = Array.from({ length: 100 }, (_, index) => `acme.m${String(index).padStart(3, '0')}`);

const store: Pick<ModelStore, 'walk'> = {
  walk: async function* ({ after }) {
    for (const name of names) if (after === undefined || name > after) yield wide(name);
  },
};

const ports = {
  models: store,
  directory: directoryOf({
    models: { ...store, find: async (name) => wide(name) },
    versions: { find: async () => undefined },
  }),
  index: async () => undefined,
  unlisted: async () => [],
  access: { find: async () => undefined },
};

describe('a page', () => {
  it('always holds an item, however large', () => {
    expect(withinBytes(['x'.repeat(100)], 10)).toHaveLength(1);
    expect(withinBytes(['a', 'b', 'c'], 14)).toEqual(['a', 'b']);
  });

  it('of models ends before it outgrows an answer, and its cursor goes on where it ended', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 100, sort: 'name' as const, ...(cursor ? { cursor } : {}) };
      const answer = await listModels(ports)({ caller: undefined, query } as Parameters<
        ReturnType<typeof listModels>
      >[0]);
      const body = answer.body as { items: { name: string }[]; next: string | null };
      expect(Buffer.byteLength(JSON.stringify(JSON.stringify(body)))).toBeLessThan(PAGE_LIMIT_BYTES + 100_000);
      seen.push(...body.items.map(({ name }) => name));
      cursor = body.next ?? undefined;
    } while (cursor);
    expect(seen).toEqual(names);
  });
});
