// Reports of abuse and what operators do about them, over stores in memory.
import { beforeEach, describe, expect, it } from 'vitest';
import { toModelItem } from '../../../lambdas/registry/adapters/items.ts';
import { publishedModels } from '../../../lambdas/registry/published-models.ts';
import { type As, registryApi } from '../../support/registry-api.ts';
import { memoryDownloads } from './memory-downloads.ts';
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts';
import { publishInMemory } from './publish-in-memory.ts';

const MODEL = 'acme.iris';
const PATH = `/v1/models/${MODEL}`;
const ADMIN = `/v1/admin/moderation/models/${MODEL}`;
const REPORTS = '/v1/admin/moderation/reports';

let registry: MemoryRegistry;
let call: ReturnType<typeof registryApi>;
let review: string;

const asOperator = (method: string, path: string, body?: object, query?: string) =>
  call(method, path, { who: 'op', change: { operator: true }, body, ...(query === undefined ? {} : { query }) });
const report = (who: string, path: string, body: object = { reason: 'spam' }) => call('POST', path, { who, body });
const rating = async (who = 'acme') => (await call('GET', PATH, { who })).body.rating.count;
const statusOf = async (path: string, as: As = {}) => (await call('GET', path, as)).status;
const codeOf = async (path: string, as: As = {}) => (await call('GET', path, as)).body.code;
const eventNames = () => registry.events.map((event) => event.split(' ')[0]);

beforeEach(async () => {
  registry = memoryRegistry();
  call = registryApi({ ...registry, ...memoryDownloads() });
  await publishInMemory(registry, call, { name: MODEL });
  registry.used.add(`acc_ann ${MODEL}`);
  review = (await call('PUT', `${PATH}/reviews/mine`, { who: 'ann', body: { rating: 1, text: 'Buy pills' } })).body.id;
  registry.events.length = 0;
});

describe('a report', () => {
  it('is made once per account and target, and told to who made it', async () => {
    const path = `${PATH}/reviews/${review}/report`;
    const made = await report('bob', path, { reason: 'other', text: 'An advertisement' });
    expect(made).toMatchObject({
      status: 201,
      headers: { location: `${PATH}/reports/${made.body.id}` },
      body: { model: MODEL, review, reason: 'other', text: 'An advertisement', state: 'open' },
    });
    expect(await report('bob', path, { reason: 'spam' })).toMatchObject({ status: 200, body: made.body });
    expect((await report('bob', `${PATH}/reports`, { reason: 'illegal' })).status).toBe(201);
    expect((await report('cy', path)).status).toBe(201);
    expect(eventNames()).toEqual(['ReportFiled.v1', 'ReportFiled.v1', 'ReportFiled.v1']);
    const mine = `${PATH}/reports/${made.body.id}`;
    expect((await call('GET', mine, { who: 'bob' })).body).toEqual(made.body);
    for (const who of ['cy', 'acme']) expect(await codeOf(mine, { who })).toBe('report_not_found');
    expect(await codeOf(mine.replace('iris', 'other'), { who: 'bob' })).toBe('report_not_found');
    expect(await codeOf(mine, { who: 'bob', change: { models: ['acme.other'] } })).toBe('model_not_found');
  });

  it('made twice at once is one', async () => {
    registry.between = () => report('bob', `${PATH}/reports`);
    expect((await report('bob', `${PATH}/reports`)).status).toBe(200);
    expect((await asOperator('GET', REPORTS)).body.items).toHaveLength(1);
  });

  it.each([
    { why: 'no reason', body: {} },
    { why: 'an unknown reason', body: { reason: 'dislike' } },
    { why: 'another reason without a word', body: { reason: 'other' } },
    { why: 'an escape', body: { reason: 'spam', text: '\u001b[31m' } },
  ])('is refused with $why', async ({ body }) => {
    expect((await report('bob', `${PATH}/reports`, body)).status).toBe(422);
  });

  it('of what nobody sees is refused as of what is not there', async () => {
    expect((await report('bob', `${PATH}/reviews/rvw_0/report`)).body.code).toBe('review_not_found');
    await call('PATCH', PATH, { who: 'acme', body: { visibility: 'private' } });
    expect((await report('bob', `${PATH}/reports`)).body.code).toBe('model_not_found');
  });
});

describe('operators', () => {
  it('list open reports oldest first, with who reported what', async () => {
    await report('bob', `${PATH}/reviews/${review}/report`);
    await report('cy', `${PATH}/reports`, { reason: 'infringing' });
    const first = (await asOperator('GET', REPORTS, undefined, 'limit=1')).body;
    expect(first.items).toMatchObject([
      { review, reason: 'spam', reporter: { accountId: 'acc_bob' }, reported: { text: 'Buy pills' }, resolution: null },
    ]);
    const second = (await asOperator('GET', REPORTS, undefined, `limit=1&cursor=${first.next}`)).body;
    expect(second.items).toMatchObject([{ review: null, reason: 'infringing', reported: null }]);
    expect(second.next).toBeNull();
    expect((await asOperator('GET', REPORTS, undefined, `model=${MODEL}`)).body.items).toHaveLength(2);
    expect((await asOperator('GET', REPORTS, undefined, 'model=acme.other')).body.items).toEqual([]);
    const one = `${REPORTS}/${first.items[0].id}`;
    expect((await asOperator('GET', one)).body).toEqual(first.items[0]);
    expect((await asOperator('GET', `${REPORTS}/rpt_0`)).body.code).toBe('report_not_found');
  });

  it('dismiss a report: nothing else happens', async () => {
    const { id } = (await report('bob', `${PATH}/reports`)).body;
    const resolved = await asOperator('POST', `${REPORTS}/${id}/resolve`, {
      decision: 'dismiss',
      reason: 'It is fine',
    });
    expect(resolved.body).toMatchObject({
      state: 'resolved',
      resolution: { decision: 'dismiss', reason: 'It is fine', by: 'usr_op' },
    });
    expect(await statusOf(PATH)).toBe(200);
    expect((await asOperator('GET', REPORTS)).body.items).toEqual([]);
    expect((await asOperator('GET', REPORTS, undefined, 'state=resolved')).body.items).toHaveLength(1);
    expect(eventNames()).toEqual(['ReportFiled.v1', 'ReportResolved.v1']);
  });

  it('resolve a report once, and the same again changes nothing', async () => {
    const { id } = (await report('bob', `${PATH}/reports`)).body;
    const path = `${REPORTS}/${id}/resolve`;
    const first = await asOperator('POST', path, { decision: 'suspend-model', reason: 'Malware' });
    expect(await asOperator('POST', path, { decision: 'suspend-model', reason: 'Malware' })).toMatchObject({
      status: 200,
      body: first.body,
    });
    const other = await asOperator('POST', path, { decision: 'dismiss', reason: 'After all' });
    expect([other.status, other.body.code]).toEqual([409, 'report_resolved']);
    expect(eventNames().filter((name) => name === 'ModelSuspended.v1')).toHaveLength(1);
  });

  it('hide the review that was reported, with its rating, and tell both sides but not who reported', async () => {
    const { id } = (await report('acme', `${PATH}/reviews/${review}/report`)).body;
    expect(await rating()).toBe(1);
    await asOperator('POST', `${REPORTS}/${id}/resolve`, { decision: 'hide-review', reason: 'Advertising' });
    expect(await rating()).toBe(0);
    expect((await call('GET', `${PATH}/reviews`)).body).toMatchObject({ items: [], rating: { count: 0 } });
    expect(await codeOf(`${PATH}/reviews/${review}`, { who: 'acme' })).toBe('review_not_found');
    expect((await call('GET', `${PATH}/reviews/mine`, { who: 'ann' })).body.hidden).toMatchObject({
      reason: 'Advertising',
    });
    const { items } = (await call('GET', `${PATH}/history`, { who: 'acme' })).body;
    expect(items[0]).toMatchObject({ event: 'ReviewRemoved.v1', by: { kind: 'operator' }, reason: 'Advertising' });
    expect(JSON.stringify(items)).not.toContain('rpt_');
  });

  it('show a review as its author mended it; it is not deleted and written anew meanwhile', async () => {
    await asOperator('POST', `${ADMIN}/reviews/${review}/hide`, { reason: 'Advertising' });
    const kept = await call('DELETE', `${PATH}/reviews/mine`, { who: 'ann' });
    expect([kept.status, kept.body.code]).toEqual([409, 'review_hidden']);
    const mended = await call('PUT', `${PATH}/reviews/mine`, { who: 'ann', body: { rating: 5 } });
    expect(mended).toMatchObject({ status: 200, body: { rating: 5, hidden: { reason: 'Advertising' } } });
    expect(await rating()).toBe(0);
    for (let time = 0; time < 2; time++) {
      const shown = await asOperator('POST', `${ADMIN}/reviews/${review}/show`, { reason: 'Mended' });
      expect(shown.body).toMatchObject({ rating: 5, hidden: null });
      expect((await call('GET', PATH)).body.rating).toMatchObject({ mean: 5, count: 1 });
    }
    expect(eventNames().filter((name) => name === 'ReviewRestored.v1')).toHaveLength(1);
  });

  it('hide what an author changes at the same moment', async () => {
    registry.between = () => call('PUT', `${PATH}/reviews/mine`, { who: 'ann', body: { rating: 3 } });
    const hidden = await asOperator('POST', `${ADMIN}/reviews/${review}/hide`, { reason: 'Advertising' });
    expect(hidden.body).toMatchObject({ rating: 3, hidden: { reason: 'Advertising' } });
    expect(registry.reviews.stats.get(MODEL)).toMatchObject({ ratingCount: 0, ratingSum: 0 });
  });

  it('do not hide the review of a report that has none, or that is gone', async () => {
    const decision = { decision: 'hide-review', reason: 'Advertising' };
    const ofModel = (await report('bob', `${PATH}/reports`)).body.id;
    expect((await asOperator('POST', `${REPORTS}/${ofModel}/resolve`, decision)).body.code).toBe('validation_failed');
    const ofReview = (await report('bob', `${PATH}/reviews/${review}/report`)).body.id;
    await call('DELETE', `${PATH}/reviews/mine`, { who: 'ann' });
    expect((await asOperator('POST', `${REPORTS}/${ofReview}/resolve`, decision)).body.code).toBe('review_not_found');
    expect((await asOperator('GET', REPORTS)).body.items).toHaveLength(2);
  });
});

describe('a suspended model', () => {
  const suspend = () => asOperator('POST', `${ADMIN}/suspend`, { reason: 'Steals what it is given' });
  const reinstate = () => asOperator('POST', `${ADMIN}/reinstate`, { reason: 'Mended' });
  const resolver = () => publishedModels({ ...registry, clock: Date.now });
  const refusalOf = (accountId: string | undefined) =>
    resolver()
      .resolve({ model: MODEL, reference: undefined, accountId, toUse: true })
      .then(
        () => 'found',
        (fault) => fault.code,
      );

  it('is missing to everybody but its owner, who reads why', async () => {
    const paths = [PATH, `${PATH}/versions`, `${PATH}/card`, `${PATH}/reviews`, `${PATH}/versions/1.0.0/files`];
    await call('PUT', `${PATH}/card`, { who: 'acme', body: { text: '# Iris' } });
    for (const path of paths) expect([path, await statusOf(path)]).toEqual([path, 200]);
    const answer = await suspend();
    expect(answer.body.suspension).toMatchObject({ reason: 'Steals what it is given' });
    for (const path of paths) {
      expect([path, await codeOf(path)]).toEqual([path, 'model_not_found']);
      expect([path, await codeOf(path, { who: 'ann' })]).toEqual([path, 'model_not_found']);
      expect([path, await statusOf(path, { who: 'acme' })]).toEqual([path, 200]);
    }
    expect((await call('GET', PATH, { who: 'acme' })).body.suspension.reason).toBe('Steals what it is given');
    expect((await call('PUT', `${PATH}/reviews/mine`, { who: 'ann', body: { rating: 5 } })).status).toBe(404);
    expect((await call('GET', '/v1/models')).body.items).toEqual([]);
    expect((await call('GET', '/v1/models', { who: 'acme' })).body.items).toHaveLength(1);
    expect((await call('GET', '/hf/api/models/acme/iris')).status).toBe(404);
  });

  it('is in no catalogue from the moment it is written', async () => {
    const found = async () => {
      const model = await registry.models.find(MODEL);
      return model && toModelItem(model);
    };
    expect(await found()).toHaveProperty('gsi1pk');
    await suspend();
    expect(await found()).not.toHaveProperty('gsi1pk');
  });

  it('is called by nobody, its owner included, and those who cannot see it learn nothing', async () => {
    expect(await refusalOf('acc_ann')).toBe('found');
    await suspend();
    for (const accountId of ['acc_ann', 'acc_acme', undefined])
      expect(await refusalOf(accountId)).toBe('model_suspended');
    const listed = await resolver().list({
      accountId: 'acc_acme',
      viewerOf: () => 'acc_acme',
      limit: 9,
      cursor: undefined,
    });
    expect(listed.models).toEqual([]);
    await call('PATCH', PATH, { who: 'acme', body: { visibility: 'private' } });
    expect(await refusalOf('acc_ann')).toBe('model_not_found');
  });

  it('comes back as it was', async () => {
    const before = await registry.models.find(MODEL);
    await suspend();
    await suspend();
    await reinstate();
    await reinstate();
    const after = await registry.models.find(MODEL);
    expect({ ...after, revision: 0, updatedAtMs: 0 }).toEqual({ ...before, revision: 0, updatedAtMs: 0 });
    expect(after && 'suspension' in after).toBe(false);
    expect(await refusalOf('acc_ann')).toBe('found');
    expect(await statusOf(PATH)).toBe(200);
    expect(eventNames()).toEqual(['ModelSuspended.v1', 'ModelReinstated.v1']);
    const { items } = (await call('GET', `${PATH}/history`, { who: 'acme' })).body;
    expect(items.slice(0, 2)).toMatchObject([
      { event: 'ModelReinstated.v1', reason: 'Mended', by: { kind: 'operator', userId: 'usr_op' } },
      { event: 'ModelSuspended.v1', reason: 'Steals what it is given' },
    ]);
  });

  it('stays suspended whatever its owner changes', async () => {
    await suspend();
    await call('PATCH', PATH, { who: 'acme', body: { summary: 'Harmless' } });
    await publishInMemory(registry, call, { name: MODEL, version: '2.0.0' });
    expect(await codeOf(PATH)).toBe('model_not_found');
    expect(await refusalOf('acc_ann')).toBe('model_suspended');
    await reinstate();
    expect((await call('GET', PATH)).body).toMatchObject({ summary: 'Harmless', latestVersion: '2.0.0' });
  });

  it('must be there, and a reason given', async () => {
    expect((await asOperator('POST', `${ADMIN.replace('iris', 'none')}/suspend`, { reason: 'x' })).status).toBe(404);
    expect((await asOperator('POST', `${ADMIN}/suspend`, {})).status).toBe(422);
  });
});
