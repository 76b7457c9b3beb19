// Reviews over a real table: what they add up to stays what they say, whoever writes at the same time.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoModelUsers, userKey } from '../../lambdas/registry/adapters/dynamo-model-users.ts';
import { toModelItem } from '../../lambdas/registry/adapters/items.ts';
import { statsKey } from '../../lambdas/registry/adapters/stats-item.ts';
import type { Model } from '../../lambdas/registry/ports.ts';
import type { HttpAnswer } from '../support/http-event.ts';
import { type Place, startPlace } from './registry-place.ts';

const MODEL = 'acme.iris';
const PATH = `/v1/models/${MODEL}/reviews`;
const REVIEWERS = Array.from({ length: 6 }, (_, index) => `reviewer-${index}`);

let place: Place;

const model: Model = {
  name: MODEL,
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
};

beforeAll(async () => {
  place = await startPlace();
  await place.client.put({ TableName: place.table, Item: toModelItem(model) });
  for (const who of REVIEWERS) {
    const used = { schema: 1, firstUsedAtMs: 1, lastUsedAtMs: 1, callCount: 1 };
    await place.client.put({ TableName: place.table, Item: { ...userKey(MODEL, `acc_${who}`), ...used } });
  }
}, 60_000);

afterAll(() => place?.stop());

/** Contention that outlasts the tries is told, and tried again by the client. */
const persist = async (send: () => Promise<HttpAnswer>): Promise<HttpAnswer> => {
  for (;;) {
    const answer = await send();
    if (answer.status !== 503) return answer;
  }
};
const put = (who: string, rating: number) =>
  persist(() => place.call('PUT', `${PATH}/mine`, { who, body: { rating, text: `${rating} stars` } }));
const remove = (who: string) => persist(() => place.call('DELETE', `${PATH}/mine`, { who }));

const listed = async (sort: string): Promise<number[]> => {
  const { body } = await place.call('GET', PATH, { query: `limit=100&sort=${sort}` });
  return body.items.map(({ rating }: { rating: number }) => rating);
};

/** What the stats say is what the reviews say. */
const expectSums = async (): Promise<number[]> => {
  const ratings = await listed('-createdAt');
  const { Item } = await place.client.get({ TableName: place.table, Key: statsKey(MODEL), ConsistentRead: true });
  expect(Item).toMatchObject({
    schema: 1,
    ratingCount: ratings.length,
    ratingSum: ratings.reduce((sum, rating) => sum + rating, 0),
  });
  for (const stars of [1, 2, 3, 4, 5]) {
    expect(Item?.[`stars${stars}`] ?? 0).toBe(ratings.filter((rating) => rating === stars).length);
  }
  return ratings;
};

describe('reviews', () => {
  it('of many accounts at once are all counted', async () => {
    const answers = await Promise.all(REVIEWERS.map((who, index) => put(who, (index % 5) + 1)));
    expect(answers.map(({ status }) => status)).toEqual(REVIEWERS.map(() => 201));
    expect(await expectSums()).toHaveLength(REVIEWERS.length);
  });

  it('of one account at once are one, and counted once', async () => {
    const [who = ''] = REVIEWERS;
    await remove(who);
    const answers = await Promise.all([1, 2, 3, 4, 5, 5].map((rating) => put(who, rating)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(await expectSums()).toHaveLength(REVIEWERS.length);
  });

  it('changed and deleted in a crowd add up to what is left', async () => {
    await Promise.all(
      REVIEWERS.flatMap((who, index) => [put(who, 1), put(who, 5), index % 2 ? remove(who) : put(who, 3)]),
    );
    await expectSums();
    await Promise.all(REVIEWERS.map((who) => remove(who)));
    expect(await expectSums()).toEqual([]);
  });

  it('are listed by time and by rating', async () => {
    for (const [index, rating] of [3, 5, 1].entries()) await put(REVIEWERS[index] ?? '', rating);
    expect(await listed('-createdAt')).toEqual([1, 5, 3]);
    expect(await listed('createdAt')).toEqual([3, 5, 1]);
    expect(await listed('rating')).toEqual([1, 3, 5]);
    expect(await listed('-rating')).toEqual([5, 3, 1]);
    const { next } = (await place.call('GET', PATH, { query: 'limit=1&sort=-rating' })).body;
    const second = await place.call('GET', PATH, { query: `limit=1&sort=-rating&cursor=${next}` });
    expect(second.body.items[0].rating).toBe(3);
  });

  it('are for who called the model, and not for who is known without a call', async () => {
    const users = dynamoModelUsers(place.client, place.table);
    expect(await users.uses(`acc_${REVIEWERS[0]}`, MODEL)).toBe(true);
    expect(await users.uses('acc_nobody', MODEL)).toBe(false);
    expect(await users.uses(`acc_${REVIEWERS[0]}`, 'acme.other')).toBe(false);
  });
});

describe('what operators do', () => {
  const operator = { who: 'op', change: { operator: true } };
  const moderate = (path: string, body: object) =>
    persist(() => place.call('POST', `/v1/admin/moderation/${path}`, { ...operator, body }));
  const ids = async (): Promise<string[]> =>
    (await place.call('GET', PATH, { query: 'limit=100' })).body.items.map(({ id }: { id: string }) => id);

  it('to reviews that their authors change at the same moment adds up to what is shown', async () => {
    await Promise.all(REVIEWERS.map((who) => put(who, 4)));
    const all = await ids();
    await Promise.all([
      ...all.map((id) => moderate(`models/${MODEL}/reviews/${id}/hide`, { reason: 'Spam' })),
      ...REVIEWERS.map((who) => put(who, 2)),
    ]);
    expect(await expectSums()).toEqual([]);
    await Promise.all([
      ...all.map((id) => moderate(`models/${MODEL}/reviews/${id}/show`, { reason: 'Fine' })),
      ...REVIEWERS.map((who) => put(who, 3)),
    ]);
    expect(await expectSums()).toEqual(REVIEWERS.map(() => 3));
  });

  it('to one report at the same moment is done once', async () => {
    const [first = ''] = await ids();
    const path = `${PATH}/${first}/report`;
    const answers = await Promise.all(
      [1, 2, 3].map(() => place.call('POST', path, { who: 'bob', body: { reason: 'spam' } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    const { id } = answers[0]?.body ?? {};
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const resolve = (decision: string) => moderate(`reports/${id}/resolve`, { decision, reason: 'Looked at' });
    const resolved = await Promise.all([resolve('hide-review'), resolve('dismiss'), resolve('suspend-model')]);
    expect(resolved.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const { resolution } = (await place.call('GET', `/v1/admin/moderation/reports/${id}`, operator)).body;
    const model = await place.call('GET', `/v1/models/${MODEL}`, { who: 'acme' });
    expect(model.body.suspension !== undefined).toBe(resolution.decision === 'suspend-model');
    expect((await place.call('GET', '/v1/admin/moderation/reports', operator)).body.items).toEqual([]);
    await moderate(`models/${MODEL}/reinstate`, { reason: 'Fine' });
    expect((await expectSums()).length).toBe(REVIEWERS.length - Number(resolution.decision === 'hide-review'));
  });
});
