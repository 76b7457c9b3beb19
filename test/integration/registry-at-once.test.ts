// What many do at once to the table: offers made under one key, names claimed, subscriptions taken, and the end of subscriptions, which is due while
// it is ahead and told once by whoever takes it away.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoAccess } from '../../lambdas/registry/adapters/dynamo-access.ts';
import { dynamoLife } from '../../lambdas/registry/adapters/dynamo-life.ts';
import { dynamoModels } from '../../lambdas/registry/adapters/dynamo-models.ts';
import { dynamoOffers } from '../../lambdas/registry/adapters/dynamo-offers.ts';
import { nextAccess } from '../../lambdas/registry/domain/access.ts';
import { cancelSubscription } from '../../lambdas/registry/domain/subscription.ts';
import type { Access, AccessStore, Subscription } from '../../lambdas/registry/ports/access.ts';
import type { LifeStore } from '../../lambdas/registry/ports/life.ts';
import type { Offer } from '../../lambdas/registry/ports/subscriptions.ts';
import type { Model } from '../../lambdas/registry/ports.ts';
import { endNews } from '../../lambdas/registry/routes/end-news.ts';
import { startedNews } from '../../lambdas/registry/routes/subscriptions.ts';
import { OUTBOX_SHARDS, outboxKey } from '../../lambdas/shared/platform/events.ts';
import { newModel } from '../support/registry-api.ts';
import { type Place, startPlace } from './registry-place.ts';

const MODEL = 'acme.iris';
const T0 = Date.UTC(2027, 0, 1);
const DAY_MS = 86_400_000;
/** Of everything that a test may have made due. */
const EVER = T0 + 400 * DAY_MS;

let place: Place;
let access: AccessStore;
let life: LifeStore;

beforeAll(async () => {
  place = await startPlace();
  access = dynamoAccess(place.client, place.table);
  life = dynamoLife(place.client, place.table);
});

afterAll(() => place?.stop());

const takenBy = (accountId: string, more: Partial<Subscription>): Subscription => ({
  subscriptionId: `sub_${accountId}`,
  accountId,
  model: MODEL,
  offerId: 'off_1',
  kind: 'free',
  offerVersion: 1,
  startedBy: 'usr_1',
  startedAtMs: T0,
  updatedAtMs: T0,
  ...more,
});

const take = async (accountId: string, more: Partial<Subscription>): Promise<Access> => {
  const subscription = takenBy(accountId, more);
  const taken = nextAccess(undefined, { model: MODEL, accountId, handle: undefined }, { subscription }, T0);
  expect(await access.write({ access: taken, nowMs: T0 })).toBe(true);
  return taken;
};

const cancel = async (before: Access, { now, nowMs }: { now: boolean; nowMs: number }): Promise<Access | undefined> => {
  const subscription = before.subscription && cancelSubscription(before.subscription, { now, nowMs });
  if (!subscription) throw new Error('the test cancels what runs');
  const next = nextAccess(before, { ...before, handle: undefined }, { subscription }, nowMs);
  const isWritten = await access.write({ access: next, news: endNews(subscription, nowMs), nowMs });
  return isWritten ? next : undefined;
};

const dueOf = async (accountId: string) =>
  (await life.due(EVER, undefined)).filter(({ subscription }) => subscription?.accountId === accountId);

const endsTold = async (accountId: string): Promise<number> => {
  const shards = await Promise.all(
    Array.from({ length: OUTBOX_SHARDS }, (_, shard) =>
      place.client.query({
        TableName: place.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': outboxKey(shard) },
      }),
    ),
  );
  return shards
    .flatMap(({ Items = [] }) => Items)
    .filter(({ detailType, detail }) => detailType === 'SubscriptionEnded.v1' && detail.includes(`"${accountId}"`))
    .length;
};

describe('an offer', () => {
  it('is made once under one key, however many ask at once, and told to each', async () => {
    await place.call('POST', '/v1/models', { who: 'acme', body: newModel('acme.sold') });
    const ask = (key: string) =>
      place.call('POST', '/v1/models/acme.sold/offers', {
        who: 'acme',
        headers: { 'idempotency-key': key },
        body: { name: 'Team', kind: 'free' },
      });
    const answers = await Promise.all([1, 2, 3].map(() => ask('k1')));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect((await ask('k2')).body.id).not.toBe(answers[0]?.body.id);
  });
});

describe('a name', () => {
  it('that two publishers claim at once is one’s, and the other reads why', async () => {
    const claim = (account: string) =>
      place.call('POST', '/v1/models', {
        who: account,
        // A handle is one account's: that two hold it is what this is about.
        change: { handle: 'shared' },
        body: newModel('shared.iris', { summary: account }),
      });
    const answers = await Promise.all(['acme', 'globex', 'initech'].map(claim));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const won = answers.findIndex(({ status }) => status === 201);
    for (const { body } of answers.filter((_, at) => at !== won)) {
      expect(body).toMatchObject({ code: 'model_exists', detail: "'name' must be a new one: 'shared.iris' exists" });
    }
    const owner = ['acme', 'globex', 'initech'][won];
    const { body } = await place.call('GET', '/v1/models/shared.iris', { who: owner });
    expect(body.summary).toBe(owner);
  });
});

describe('a new subscription', () => {
  const [name, key, nowMs] = ['acme.taken', { key: 'k1', requestSha256: 'a'.repeat(64) }, T0];

  it('is written while model and offer are as they were read, once under its key, which tells it ever after', async () => {
    await place.call('POST', '/v1/models', { who: 'acme', body: newModel(name) });
    const made = await place.call('POST', `/v1/models/${name}/offers`, {
      who: 'acme',
      body: { name: 'Team', kind: 'free' },
    });
    const model = await dynamoModels(place.client, place.table).find(name);
    const offer = await dynamoOffers(place.client, place.table).find(name, made.body.id);
    if (!model || !offer) throw new Error('both were just made');
    const subscribe = (accountId: string, change: { model?: Model; offer?: Offer }) => {
      const subscription: Subscription = { ...takenBy(accountId, {}), model: name, offerId: offer.offerId };
      const taken = nextAccess(undefined, { model: name, accountId, handle: undefined }, { subscription }, nowMs);
      const news = startedNews(subscription, offer, nowMs);
      return access.subscribe({ access: taken, model, offer, news, idempotency: key, nowMs, ...change });
    };
    expect(await subscribe('acc_late', { model: { ...model, revision: model.revision - 1 } })).toBe(false);
    expect(await subscribe('acc_late', { offer: { ...offer, revision: offer.revision + 1 } })).toBe(false);
    expect(await access.find(name, 'acc_late')).toBeUndefined();
    expect(await access.subscribed('acc_late', key, nowMs)).toBeUndefined();

    const once = await Promise.all([1, 2, 3].map(() => subscribe('acc_once', {})));
    expect(once.filter(Boolean)).toHaveLength(1);
    expect(await access.subscribed('acc_once', key, nowMs)).toMatchObject({ subscriptionId: 'sub_acc_once' });
    const other = { ...key, requestSha256: 'b'.repeat(64) };
    expect(await access.subscribed('acc_once', other, nowMs)).toBe('claim_reused');
    expect(await access.subscribed('acc_once', key, nowMs + 2 * DAY_MS)).toBeUndefined();
  });
});

describe('what was accepted', () => {
  it('stays on record, each time and by whom, though the same terms come again after others', async () => {
    const name = 'acme.agreed';
    const holder = { model: name, accountId: 'acc_globex', handle: undefined };
    let before: Access | undefined;
    for (const [version, acceptedBy, nowMs] of [
      ['A', 'usr_1', T0],
      ['B', 'usr_1', T0 + 1],
      ['A', 'usr_2', T0 + 2],
    ] as const) {
      const acceptance = { version, sha256: `of ${version}`, acceptedBy, acceptedAtMs: nowMs };
      const next = nextAccess(before, holder, { acceptance }, nowMs);
      expect(await access.write({ access: next, nowMs })).toBe(true);
      before = next;
    }
    const { Items = [] } = await place.client.query({
      TableName: place.table,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': `model#${name}`, ':sk': 'accepted#acc_globex#' },
    });
    expect(Items.map(({ version, acceptedBy }) => `${version} ${acceptedBy}`)).toEqual([
      'A usr_1',
      'A usr_2',
      'B usr_1',
    ]);
  });
});

describe('a deleted model', () => {
  it('is due once, at the time that it was put off to', async () => {
    const name = 'acme.over';
    await place.call('POST', '/v1/models', { who: 'acme', body: newModel(name) });
    await place.call('DELETE', `/v1/models/${name}`, { who: 'acme', query: `confirm=${name}&reason=over` });
    const due = async () => (await life.due(EVER, undefined)).filter(({ model }) => model === name);
    const [item] = await due();
    if (!item) throw new Error('a deleted model must be due');
    await Promise.all([1, 2].map(() => life.postponeWithdrawal(item, EVER)));
    expect(await due()).toEqual([{ ...item, atMs: EVER }]);
  });
});

describe('the end of a subscription', () => {
  it('is due from the moment it is known, and told once, however many runs come at once', async () => {
    await take('acc_trial', { kind: 'trial', trialEndsAtMs: T0 + 14 * DAY_MS });
    const [item] = await dueOf('acc_trial');
    if (!item) throw new Error('the end of a trial must be due');
    expect(item.atMs).toBe(T0 + 14 * DAY_MS);
    const runs = await Promise.all([1, 2, 3].map(() => life.endSubscription(item, item.atMs)));
    expect(runs.filter(Boolean)).toHaveLength(1);
    expect(await life.endSubscription(item, item.atMs)).toBe(false);
    expect([await dueOf('acc_trial'), await endsTold('acc_trial')]).toEqual([[], 1]);
  });

  it('is told either by the clock or by who ends it at once', async () => {
    const taken = await take('acc_free', {});
    expect(await dueOf('acc_free')).toEqual([]);
    const canceling = await cancel(taken, { now: false, nowMs: T0 + DAY_MS });
    if (!canceling) throw new Error('nobody else writes it');
    const [item] = await dueOf('acc_free');
    if (!item) throw new Error('the end of what is cancelled must be due');
    const ended = await Promise.all([
      cancel(canceling, { now: true, nowMs: T0 + 2 * DAY_MS }).then((next) => next !== undefined),
      life.endSubscription(item, item.atMs),
    ]);
    expect(ended.filter(Boolean)).toHaveLength(1);
    expect([await dueOf('acc_free'), await endsTold('acc_free')]).toEqual([[], 1]);
  });

  it('stays due of one that another took the place of', async () => {
    const before = await take('acc_again', { kind: 'trial', trialEndsAtMs: T0 + DAY_MS });
    const { subscription: old } = before;
    if (!old) throw new Error('it was just taken');
    const nowMs = T0 + 2 * DAY_MS;
    const { trialEndsAtMs: _, ...rest } = old;
    const subscription: Subscription = {
      ...rest,
      subscriptionId: 'sub_second',
      startedAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    const next = nextAccess(before, { ...before, handle: undefined }, { subscription }, nowMs);
    expect(await access.write({ access: next, nowMs })).toBe(true);
    expect(await dueOf('acc_again')).toMatchObject([{ subscription: { subscriptionId: old.subscriptionId } }]);
  });
});
