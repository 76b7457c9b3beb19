// Reviews: who may write one, what they add up to, and the routes over stores in memory.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { bayesianRating, ratingChange } from '../../../lambdas/registry/domain/rating.ts';
import { hideReview, replyTo, writeReview } from '../../../lambdas/registry/domain/review.ts';
import type { Review } from '../../../lambdas/registry/ports/reviews.ts';
import { type As, registryApi } from '../../support/registry-api.ts';
import { memoryDownloads } from './memory-downloads.ts';
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts';
import { publishInMemory } from './publish-in-memory.ts';

const MODEL = 'acme.iris';
const PATH = `/v1/models/${MODEL}/reviews`;

const author = { accountId: 'acc_a', handle: 'a', userId: 'usr_a' };
const written = (rating: number, nowMs = 1): Review =>
  writeReview(undefined, { model: MODEL, words: { rating }, author, id: 'rvw_1', nowMs });

describe('ratings', () => {
  it('are averaged as if five people had given 3.5 beforehand', () => {
    expect(bayesianRating({ ratingCount: 1, ratingSum: 5 })).toBeCloseTo((5 * 3.5 + 5) / 6);
    expect(bayesianRating({ ratingCount: 10_000, ratingSum: 50_000 })).toBeCloseTo(5, 2);
    expect(bayesianRating({ ratingCount: 0, ratingSum: 0 })).toBe(0);
  });

  it('of a change add what the change adds, and no more', () => {
    const stars = (...of: [number, number][]) => new Map(of);
    expect(ratingChange(undefined, written(4))).toEqual({ count: 1, sum: 4, stars: stars([4, 1]) });
    expect(ratingChange(written(4), written(1))).toEqual({ count: 0, sum: -3, stars: stars([4, -1], [1, 1]) });
    expect(ratingChange(written(4), written(4))).toEqual({ count: 0, sum: 0, stars: stars() });
    expect(ratingChange(written(4), undefined)).toEqual({ count: -1, sum: -4, stars: stars([4, -1]) });
  });

  it('add up to those that are there, whatever was written, changed, hidden and deleted before', () => {
    const step = fc.record({
      who: fc.integer({ min: 0, max: 4 }),
      rating: fc.option(fc.integer({ min: 1, max: 5 })),
      hidden: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const there = new Map<number, Review>();
        const sums = { count: 0, sum: 0, stars: [0, 0, 0, 0, 0] };
        for (const { who, rating, hidden } of steps) {
          const before = there.get(who);
          const after = rating === null ? undefined : hideReview(written(rating), hidden ? 'Spam' : undefined, 2);
          const change = ratingChange(before, after);
          sums.count += change.count;
          sums.sum += change.sum;
          sums.stars = sums.stars.map((count, index) => count + (change.stars.get(index + 1) ?? 0));
          if (after) there.set(who, after);
          else there.delete(who);
        }
        const ratings = [...there.values()].filter(({ hidden }) => !hidden).map(({ rating }) => rating);
        expect(sums).toEqual({
          count: ratings.length,
          sum: ratings.reduce((sum, rating) => sum + rating, 0),
          stars: [1, 2, 3, 4, 5].map((stars) => ratings.filter((rating) => rating === stars).length),
        });
      }),
    );
  });
});

describe('a review', () => {
  it('that says the same again is the same', () => {
    const before = written(4);
    expect(writeReview(before, { model: MODEL, words: { rating: 4 }, author, id: 'rvw_2', nowMs: 9 })).toBe(before);
    expect(replyTo(before, undefined, 9)).toBe(before);
  });

  it('keeps its id, its beginning and the reply when its author changes it', () => {
    const before = replyTo(written(4), 'Thanks', 2);
    const words = { rating: 2, text: 'No more' };
    expect(writeReview(before, { model: MODEL, words, author, id: 'rvw_2', nowMs: 9 })).toMatchObject({
      id: 'rvw_1',
      rating: 2,
      text: 'No more',
      reply: { text: 'Thanks' },
      createdAtMs: 1,
      editedAtMs: 9,
      revision: 3,
    });
  });
});

describe('the routes of reviews', () => {
  let registry: MemoryRegistry;
  let call: ReturnType<typeof registryApi>;
  const put = (who: string, body: object, as: As = {}) => call('PUT', `${PATH}/mine`, { who, body, ...as });
  const rating = async () => (await call('GET', `/v1/models/${MODEL}`)).body.rating;

  beforeEach(async () => {
    registry = memoryRegistry();
    call = registryApi({ ...registry, ...memoryDownloads() });
    await publishInMemory(registry, call, { name: MODEL });
    for (const who of ['ann', 'bob', 'cy']) registry.used.add(`acc_${who} ${MODEL}`);
    registry.events.length = 0;
  });

  it('make one, tell it, change it and delete it', async () => {
    const made = await put('ann', { rating: 5, title: 'Fine', text: 'Two\nlines', version: '1.0.0' });
    expect(made).toMatchObject({ status: 201, headers: { etag: '"1"', location: `${PATH}/mine` } });
    expect(made.body).toMatchObject({
      model: MODEL,
      rating: 5,
      title: 'Fine',
      text: 'Two\nlines',
      version: '1.0.0',
      author: { handle: 'ann' },
      verified: true,
      reply: null,
      editedAt: null,
    });
    expect(await rating()).toEqual({ average: 3.75, mean: 5, count: 1 });
    const { hidden: _, ...shown } = made.body;
    expect((await call('GET', `${PATH}/${made.body.id}`)).body).toEqual(shown);
    const changed = await put('ann', { rating: 2 }, { headers: { 'if-match': '"1"' } });
    expect(changed).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
      body: { rating: 2, title: null, text: null },
    });
    expect(changed.body.editedAt).toBe(changed.body.updatedAt);
    expect((await call('GET', `${PATH}/mine`, { who: 'ann' })).body).toEqual(changed.body);
    expect(await rating()).toEqual({ average: 3.25, mean: 2, count: 1 });
    expect((await call('DELETE', `${PATH}/mine`, { who: 'ann' })).status).toBe(204);
    expect(await rating()).toEqual({ average: null, mean: null, count: 0 });
    expect((await call('GET', `${PATH}/mine`, { who: 'ann' })).body.code).toBe('review_not_found');
    expect((await call('DELETE', `${PATH}/mine`, { who: 'ann' })).status).toBe(404);
    expect(registry.events.map((event) => event.split(' ')[0])).toEqual([
      'ReviewPosted.v1',
      'ReviewChanged.v1',
      'ReviewDeleted.v1',
    ]);
  });

  it('tell nobody whose account it is', async () => {
    const { text, body } = await put('ann', { rating: 5 });
    expect(text).not.toMatch(/acc_|usr_/);
    expect((await call('GET', PATH)).text).not.toMatch(/acc_|usr_/);
    await put('bob', { rating: 1 }, { change: { handle: undefined } });
    const { items } = (await call('GET', PATH)).body;
    expect(items.map((one: { author: object }) => one.author)).toEqual([{ handle: null }, { handle: 'ann' }]);
    await call('POST', `${PATH}/${body.id}/reply`, { who: 'acme', body: { text: 'Thanks' } });
    const { text: told } = await call('GET', `/v1/models/${MODEL}/history`, { who: 'acme' });
    expect(told).not.toContain('acc_ann');
    expect(told).not.toContain('usr_ann');
  });

  it('take the same again without changing anything, so that a repeat after a lost answer does no harm', async () => {
    await put('ann', { rating: 5 });
    expect(await put('ann', { rating: 5 })).toMatchObject({ status: 200, headers: { etag: '"1"' } });
    expect(registry.events).toHaveLength(1);
  });

  it.each([
    { why: 'who never used the model', who: 'stranger', status: 403, code: 'review_needs_use' },
    { why: 'the publisher of the model', who: 'acme', status: 403, code: 'review_of_own_model' },
    {
      why: 'a key that is bound to others',
      who: 'ann',
      change: { models: ['acme.other'] },
      status: 403,
      code: 'permission_denied',
    },
  ])('refuse $why', async ({ who, status, code, change }) => {
    const refused = await put(who, { rating: 5 }, change ? { change } : {});
    expect([refused.status, refused.body.code]).toEqual([status, code]);
    expect(await rating()).toMatchObject({ count: 0 });
  });

  it('say which call makes a review possible', async () => {
    const { body } = await put('stranger', { rating: 5 });
    expect(body.detail).toContain(`/v2/models/${MODEL}/infer`);
    expect(body.links).toEqual([{ rel: 'mend', method: 'POST', href: `/v2/models/${MODEL}/infer` }]);
  });

  it.each([
    { why: 'no stars', body: {} },
    { why: 'six stars', body: { rating: 6 } },
    { why: 'half a star', body: { rating: 4.5 } },
    { why: 'stars as text', body: { rating: '5' } },
    { why: 'an empty text', body: { rating: 5, text: ' ' } },
    { why: 'a long text', body: { rating: 5, text: 'x'.repeat(4_001) } },
    { why: 'two lines of title', body: { rating: 5, title: 'a\nb' } },
    { why: 'an escape', body: { rating: 5, text: '\u001b[31m' } },
    { why: 'a mark that turns the direction', body: { rating: 5, text: '\u202eevil' } },
    { why: 'an unknown member', body: { rating: 5, verified: true } },
    { why: 'a version that is not there', body: { rating: 5, version: '9.0.0' } },
  ])('refuse $why', async ({ body }) => {
    const refused = await put('ann', body);
    expect([refused.status, refused.body.code]).toEqual([422, 'validation_failed']);
    expect(await rating()).toMatchObject({ count: 0 });
  });

  it('take the joiners that some scripts are written with', async () => {
    const text = 'می‌خواهم 👩‍💻';
    expect((await put('ann', { rating: 5, title: text, text })).body).toMatchObject({ title: text, text });
  });

  it('change only what their sender has seen', async () => {
    expect((await put('ann', { rating: 1 }, { headers: { 'if-match': '*' } })).status).toBe(412);
    await put('ann', { rating: 5 });
    expect((await put('ann', { rating: 1 }, { headers: { 'if-match': '"7"' } })).status).toBe(412);
    const refused = await call('DELETE', `${PATH}/mine`, { who: 'ann', headers: { 'if-match': '"7"' } });
    expect([refused.status, refused.body.code]).toEqual([412, 'precondition_failed']);
    expect(await rating()).toMatchObject({ count: 1, mean: 5 });
  });

  it('lose no rating and double none when two of an account write at once', async () => {
    registry.between = () => put('ann', { rating: 1 });
    const answer = await put('ann', { rating: 5 });
    // What came between made it: this one changes it.
    expect(answer.status).toBe(200);
    expect(await rating()).toMatchObject({ count: 1, mean: 5 });
    registry.between = () => put('ann', { rating: 3 });
    await put('ann', { rating: 2 });
    expect(await rating()).toMatchObject({ count: 1, mean: 2 });
    registry.between = () => call('DELETE', `${PATH}/mine`, { who: 'ann' });
    await put('ann', { rating: 4 });
    expect(await rating()).toMatchObject({ count: 1, mean: 4 });
  });

  it('list them newest first or by rating, page by page, with what they add up to', async () => {
    await put('ann', { rating: 3 });
    await put('bob', { rating: 5 });
    await put('cy', { rating: 1 });
    const ratings = async (query: string) => {
      const told: number[] = [];
      for (let next: string | null = ''; next !== null; ) {
        const cursor: string = next === '' ? '' : `&cursor=${next}`;
        const { body } = await call('GET', PATH, { query: `limit=1${query}${cursor}` });
        told.push(...body.items.map((one: Review) => one.rating));
        next = body.next;
      }
      return told;
    };
    expect(await ratings('')).toEqual([1, 5, 3]);
    expect(await ratings('&sort=createdAt')).toEqual([3, 5, 1]);
    expect(await ratings('&sort=rating')).toEqual([1, 3, 5]);
    expect(await ratings('&sort=-rating')).toEqual([5, 3, 1]);
    const { body } = await call('GET', PATH);
    expect(body.rating).toEqual({ average: 3.31, mean: 3, count: 3 });
    expect(body.distribution).toEqual([5, 4, 3, 2, 1].map((stars) => ({ rating: stars, count: stars % 2 })));
    const { next } = (await call('GET', PATH, { query: 'limit=1' })).body;
    expect((await call('GET', PATH, { query: `limit=1&sort=rating&cursor=${next}` })).body.code).toBe('invalid_cursor');
  });

  it('hide what is said of a model with the model', async () => {
    const { body } = await put('ann', { rating: 3 });
    await call('PATCH', `/v1/models/${MODEL}`, { who: 'acme', body: { visibility: 'private' } });
    for (const path of [PATH, `${PATH}/${body.id}`]) {
      expect((await call('GET', path)).body.code).toBe('model_not_found');
      expect((await call('GET', path, { who: 'acme' })).status).toBe(200);
    }
    expect((await put('ann', { rating: 1 })).body.code).toBe('model_not_found');
  });

  it('let the publisher answer, once per review, and nobody else', async () => {
    const { id } = (await put('ann', { rating: 2 })).body;
    const path = `${PATH}/${id}/reply`;
    const reply = (text: string, who = 'acme') => call('POST', path, { who, body: { text } });
    expect((await reply('Mine', 'ann')).body.code).toBe('not_your_handle');
    expect((await call('DELETE', path, { who: 'acme' })).body.code).toBe('reply_not_found');
    const made = await reply('Sorry');
    expect(made).toMatchObject({
      status: 201,
      headers: { location: `${PATH}/${id}` },
      body: { reply: { text: 'Sorry' } },
    });
    expect(await reply('Mended')).toMatchObject({ status: 200, body: { reply: { text: 'Mended' }, editedAt: null } });
    expect((await call('GET', PATH)).body.items[0].reply.text).toBe('Mended');
    expect((await call('DELETE', path, { who: 'acme' })).status).toBe(204);
    expect((await call('GET', `${PATH}/${id}`)).body.reply).toBeNull();
    expect((await call('POST', `${PATH}/rvw_0/reply`, { who: 'acme', body: { text: 'x' } })).body.code).toBe(
      'review_not_found',
    );
    expect(await rating()).toMatchObject({ count: 1, mean: 2 });
    expect(registry.entries.filter(({ event }) => event === 'ReviewReplied.v1')).toHaveLength(3);
  });
});
