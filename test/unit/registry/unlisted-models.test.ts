// What an account finds beside the index, at a bounded cost, whatever others share with it.
import { expect, it } from 'vitest';
import type { Access } from '../../../lambdas/registry/ports/access.ts';
import type { Model } from '../../../lambdas/registry/ports.ts';
import { PUBLISHER_LIMIT, unlistedModels } from '../../../lambdas/registry/unlisted-models.ts';

const modelOf = (name: string, visibility: Model['visibility'] = 'private'): Model => ({
  name,
  ownerAccountId: `acc_${name.split('.')[0]}`,
  summary: 'Which iris?',
  description: undefined,
  task: 'other',
  license: 'MIT',
  tags: [],
  visibility,
  price: { perCallMicros: '0', perRowMicros: '0', version: 1 },
  latestVersion: '1.0.0',
  publishedCount: 1,
  revision: 1,
  createdAtMs: 0,
  updatedAtMs: 0,
});

const shareOf = (model: string): Access => ({
  model,
  accountId: 'acc_globex',
  grant: { state: 'approved', via: 'share' },
  revision: 1,
  createdAtMs: 0,
  updatedAtMs: 0,
});

const place = (names: readonly string[], own: readonly Model[] = []) => {
  const shares = [...names].sort().map(shareOf);
  const counts = { reads: 0, models: 0 };
  let nowMs = 0;
  const find = unlistedModels({
    directory: {
      owned: async () => own,
      findMany: async (some) => {
        counts.models += some.length;
        return new Map(some.map((name) => [name, modelOf(name, name.endsWith('.open') ? 'public' : 'private')]));
      },
    },
    access: {
      ofAccount: async function* (_, after) {
        counts.reads++;
        yield* shares.filter(({ model }) => model > (after ?? ''));
      },
    },
    clock: () => nowMs,
  });
  return {
    counts,
    pass: (ms: number) => (nowMs += ms),
    find: async () => (await find('acc_globex')).map(({ name }) => name),
  };
};

it('are its own, and private ones of others that it was let in to', async () => {
  const { find } = place(['acme.open', 'acme.secret', 'globex.mine'], [modelOf('globex.mine')]);
  expect(await find()).toEqual(['globex.mine', 'acme.secret']);
});

it('are read once for all searches within two seconds', async () => {
  const { find, counts, pass } = place(['acme.secret']);
  await Promise.all([find(), find()]);
  pass(1_999);
  await find();
  expect(counts.reads).toBe(1);
  pass(1);
  await find();
  expect(counts.reads).toBe(2);
});

it('are not crowded out by what one publisher shares, and cost no more for it', async () => {
  const flood = Array.from({ length: 1_500 }, (_, index) => `aaa.m${String(index).padStart(4, '0')}`);
  const { find, counts } = place([...flood, 'acme.secret', 'zoo.secret']);
  const found = await find();
  expect(found.filter((name) => name.startsWith('aaa.'))).toHaveLength(PUBLISHER_LIMIT);
  expect(found.slice(-2)).toEqual(['acme.secret', 'zoo.secret']);
  expect(counts).toEqual({ reads: 2, models: PUBLISHER_LIMIT + 2 });
});
