// An account's own models over a real table: those that searches do not find anyhow, however many it has that they do.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dynamoDirectory } from '../../lambdas/registry/adapters/dynamo-directory.ts';
import { toModelItem } from '../../lambdas/registry/adapters/items.ts';
import type { Model } from '../../lambdas/registry/ports.ts';
import { type Place, startPlace } from './registry-place.ts';

const NOW_MS = 1_000_000;

let place: Place;

const modelOf = (name: string, change: Partial<Model> = {}): Model => ({
  name,
  ownerAccountId: 'acc_acme',
  summary: 'Which iris?',
  description: undefined,
  task: 'other',
  license: 'MIT',
  tags: [],
  visibility: 'public',
  price: { perCallMicros: '0', perRowMicros: '0', version: 1 },
  latestVersion: '1.0.0',
  publishedCount: 1,
  revision: 1,
  createdAtMs: 1,
  updatedAtMs: 1,
  ...change,
});

beforeAll(async () => {
  place = await startPlace();
  const many = Array.from({ length: 1_100 }, (_, index) => modelOf(`acme.m${String(index).padStart(4, '0')}`));
  const others = [
    modelOf('acme.draft', { publishedCount: 0, latestVersion: undefined }),
    modelOf('acme.new', { updatedAtMs: NOW_MS }),
    modelOf('acme.zz-secret', { visibility: 'private' }),
    modelOf('globex.secret', { ownerAccountId: 'acc_globex', visibility: 'private' }),
  ];
  const items = [...many, ...others].map((model) => ({ PutRequest: { Item: toModelItem(model) } }));
  for (let from = 0; from < items.length; from += 25) {
    await place.client.batchWrite({ RequestItems: { [place.table]: items.slice(from, from + 25) } });
  }
}, 60_000);

afterAll(() => place?.stop());

it('are found beyond a thousand that are in the catalogue, and what the index may not know of yet with them', async () => {
  const { owned } = dynamoDirectory(place.client, place.table);
  const own = await owned({ accountId: 'acc_acme', limit: 1_000, changedSinceMs: NOW_MS });
  expect(own.map(({ name }) => name)).toEqual(['acme.draft', 'acme.new', 'acme.zz-secret']);
  expect(await owned({ accountId: 'acc_acme', limit: 2, changedSinceMs: NOW_MS })).toHaveLength(2);
});
