// Offers and subscriptions: the calendar, the state machine, and the whole as HTTP and as calls meet it.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nextTerms } from '../../../lambdas/registry/domain/next-terms.ts';
import { OFFER_LIMIT, offerVersion, versionInPeriod } from '../../../lambdas/registry/domain/offer.ts';
import { cancelSubscription, isRunning, periodOf, stateOf } from '../../../lambdas/registry/domain/subscription.ts';
import { addMonths, monthlyPeriod } from '../../../lambdas/registry/domain/subscription-period.ts';
import type { Subscription } from '../../../lambdas/registry/ports/access.ts';
import type { Offer } from '../../../lambdas/registry/ports/subscriptions.ts';
import { publishedModels } from '../../../lambdas/registry/published-models.ts';
import { endLives } from '../../../lambdas/registry/routes/end-lives.ts';
import { windDown } from '../../../lambdas/registry/routes/wind-down.ts';
import { newModel, registryApi } from '../../support/registry-api.ts';
import { memoryObjects } from './memory-life.ts';
import { type MemoryRegistry, memoryRegistry, validated } from './memory-registry.ts';

const DAY_MS = 86_400_000;
const instants = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2060, 0, 1) });
const spans = fc.integer({ min: 0, max: 15 * 366 * DAY_MS });

describe('a period', () => {
  it.each([
    { anchor: '2027-01-31T10:00:00.000Z', count: 1, date: '2027-02-28T10:00:00.000Z' },
    { anchor: '2027-01-31T10:00:00.000Z', count: 2, date: '2027-03-31T10:00:00.000Z' },
    { anchor: '2028-01-30T23:59:59.999Z', count: 1, date: '2028-02-29T23:59:59.999Z' },
    { anchor: '2027-12-15T00:00:00.000Z', count: 1, date: '2028-01-15T00:00:00.000Z' },
  ])('begins $count months after $anchor at $date', ({ anchor, count, date }) => {
    expect(new Date(addMonths(Date.parse(anchor), count)).toISOString()).toBe(date);
  });

  it('holds its instant, begins where the one before ends, and is 28 to 31 days long', () => {
    fc.assert(
      fc.property(instants, spans, (anchorMs, spanMs) => {
        const nowMs = anchorMs + spanMs;
        const { index, startMs, endMs } = monthlyPeriod(anchorMs, nowMs);
        expect(startMs <= nowMs && nowMs < endMs).toBe(true);
        expect(monthlyPeriod(anchorMs, endMs)).toMatchObject({ index: index + 1, startMs: endMs });
        if (index > 0) expect(monthlyPeriod(anchorMs, startMs - 1).endMs).toBe(startMs);
        const days = (endMs - startMs) / DAY_MS;
        expect(days >= 28 && days <= 31 && Number.isInteger(days)).toBe(true);
      }),
    );
  });
});

const taken = (change: Partial<Subscription> = {}): Subscription => ({
  subscriptionId: 'sub_1',
  accountId: 'acc_globex',
  model: 'acme.iris',
  offerId: 'off_1',
  kind: 'monthly',
  offerVersion: 1,
  startedBy: 'usr_globex',
  startedAtMs: Date.UTC(2027, 0, 31),
  updatedAtMs: 0,
  ...change,
});

describe('a subscription', () => {
  const trial = (startedAtMs: number): Partial<Subscription> => ({
    kind: 'trial',
    trialEndsAtMs: startedAtMs + 14 * DAY_MS,
  });

  it('is never called back to life, runs on when cancelled until its period ends, and has no gap', () => {
    fc.assert(
      fc.property(
        instants,
        fc.boolean(),
        fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 90 * DAY_MS }), now: fc.boolean() }), { maxLength: 6 }),
        (startedAtMs, isTrial, commands) => {
          let subscription = taken({ startedAtMs, ...(isTrial ? trial(startedAtMs) : {}) });
          let nowMs = startedAtMs;
          let hasEnded = false;
          for (const { afterMs, now } of commands) {
            nowMs += afterMs;
            const before = stateOf(subscription, nowMs);
            if (hasEnded) expect(before).toBe('ended');
            hasEnded = before === 'ended';
            const { endMs } = periodOf(subscription, nowMs);
            const mayNot = hasEnded || (now && !isTrial);
            if (mayNot) {
              expect(() => cancelSubscription(subscription, { now, nowMs })).toThrow(/must be left out|an ended one/);
              continue;
            }
            const next = cancelSubscription(subscription, { now, nowMs });
            if (next === undefined) {
              expect(before).toBe('canceling');
              continue;
            }
            subscription = next;
            expect(stateOf(subscription, nowMs)).toBe(now ? 'ended' : 'canceling');
            if (!now) {
              expect(isRunning(subscription, endMs - 1)).toBe(true);
              expect(isRunning(subscription, endMs)).toBe(false);
              expect(periodOf(subscription, endMs + DAY_MS).endMs).toBe(endMs);
            }
          }
        },
      ),
    );
  });
});

const offered: Omit<Offer, 'versions'> = {
  offerId: 'off_1',
  model: 'acme.iris',
  name: 'Team',
  kind: 'monthly',
  state: 'open',
  revision: 1,
  createdAtMs: 0,
  updatedAtMs: 0,
};

describe('a change of an offer', () => {
  const first = { kind: 'monthly', feeMicros: '1' } as const;

  it('never touches a running period, nor any that begins within its notice; and comes in the end', () => {
    fc.assert(
      fc.property(instants, spans, fc.integer({ min: 30, max: 365 }), (startedAtMs, spanMs, noticeDays) => {
        const changedAtMs = startedAtMs + spanMs;
        const one = offerVersion(first, { version: 1, nowMs: startedAtMs, noticeDays: 0 });
        const two = offerVersion({ ...first, feeMicros: '2' }, { version: 2, nowMs: changedAtMs, noticeDays });
        const offer: Offer = { ...offered, versions: [one, two] };
        const inPeriodAt = (nowMs: number) =>
          versionInPeriod(offer, 1, monthlyPeriod(startedAtMs, nowMs).startMs).version;
        expect(inPeriodAt(changedAtMs)).toBe(1);
        expect(inPeriodAt(changedAtMs + noticeDays * DAY_MS - 1)).toBe(1);
        expect(inPeriodAt(changedAtMs + (noticeDays + 31) * DAY_MS)).toBe(2);
        // Who subscribes after it never has the old one.
        expect(versionInPeriod(offer, 2, changedAtMs + 1).version).toBe(2);
      }),
    );
  });
});

describe('the terms that a subscription will have', () => {
  const first = { kind: 'monthly', feeMicros: '1' } as const;

  it('are told as they will be, from when they will be, unless it ends before', () => {
    fc.assert(
      fc.property(
        instants,
        fc.array(
          fc.record({ afterDays: fc.integer({ min: 0, max: 70 }), noticeDays: fc.integer({ min: 30, max: 90 }) }),
          {
            maxLength: 4,
          },
        ),
        fc.integer({ min: 0, max: 200 }),
        fc.boolean(),
        (startedAtMs, changes, lookDays, isCanceled) => {
          let nowMs = startedAtMs;
          const versions = [offerVersion(first, { version: 1, nowMs, noticeDays: 0 })];
          for (const { afterDays, noticeDays } of changes) {
            nowMs += afterDays * DAY_MS;
            versions.push(offerVersion(first, { version: versions.length + 1, nowMs, noticeDays }));
          }
          nowMs += lookDays * DAY_MS;
          const offer: Offer = { ...offered, versions };
          const runs = taken({ startedAtMs });
          const subscription = isCanceled ? (cancelSubscription(runs, { now: false, nowMs }) ?? runs) : runs;
          const inPeriodAt = (atMs: number) => versionInPeriod(offer, 1, monthlyPeriod(startedAtMs, atMs).startMs);
          const present = inPeriodAt(nowMs).version;
          // Month by month, until the first that differs.
          let { endMs } = periodOf(subscription, nowMs);
          for (let month = 0; month < 12 && inPeriodAt(endMs).version === present; month++) {
            endMs = monthlyPeriod(startedAtMs, endMs).endMs;
          }
          const changed = inPeriodAt(endMs);
          const expected = isCanceled || changed.version === present ? undefined : { version: changed, fromMs: endMs };
          expect(nextTerms(offer, subscription, nowMs)).toEqual(expected);
        },
      ),
    );
  });
});

const MODEL = 'acme.iris';
let registry: MemoryRegistry;
let call: ReturnType<typeof registryApi>;
let skewMs: number;

const publish = async (more: object = {}) => {
  await call('POST', '/v1/models', {
    who: 'acme',
    body: newModel(MODEL, { price: { perCallMicros: '200' }, ...more }),
  });
  const sha256 = 'c'.repeat(64);
  const files = [{ path: 'model.onnx', sizeBytes: 3, sha256 }];
  const draft = await call('POST', `/v1/models/${MODEL}/versions`, { who: 'acme', body: { version: '1.0.0', files } });
  registry.objects.set(draft.body.uploads[0].fields.key, { sizeBytes: 3, sha256 });
  await call('POST', `/v1/models/${MODEL}/versions/1.0.0/complete`, { who: 'acme' });
  registry.settleAs(MODEL, '1.0.0', { state: 'validated', validated });
  await call('POST', `/v1/models/${MODEL}/versions/1.0.0/publish`, { who: 'acme' });
};
/** What a call comes to: right and price, or the refusal's code. Nothing of an earlier answer is kept. */
const use = (who = 'globex') =>
  publishedModels({ ...registry, clock: () => Date.now() + skewMs })
    .resolve({ model: MODEL, reference: undefined, accountId: `acc_${who}`, toUse: true })
    .then(({ entitlement, price }) => ({
      kind: entitlement?.kind,
      perCall: price.perCallMicros,
      quota: entitlement?.quota,
    }))
    .catch(({ code }) => code);
const offers = `/v1/models/${MODEL}/offers`;
const make = async (body: object): Promise<string> => {
  const answer = await call('POST', offers, { who: 'acme', body: { name: 'Team', ...body } });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body.id;
};
const take = (offerId: string, headers: Record<string, string> = {}, who = 'globex') =>
  call('POST', '/v1/subscriptions', { who, headers, body: { model: MODEL, offerId } });
const cancel = (id: string, body: object = {}, who = 'globex') =>
  call('POST', `/v1/subscriptions/${id}/cancel`, { who, body });

beforeEach(() => {
  registry = memoryRegistry();
  call = registryApi(registry);
  skewMs = 0;
});

afterEach(() => vi.restoreAllMocks());

describe('a model with offers', () => {
  it('costs its own price without a subscription, and the offer’s with one, until the period ends', async () => {
    await publish();
    const offerId = await make({ kind: 'perCall', perCallMicros: '50' });
    expect(await use()).toMatchObject({ kind: 'public', perCall: '200' });
    const made = await take(offerId);
    expect(made).toMatchObject({ status: 201, body: { state: 'active', offerId, terms: { perCallMicros: '50' } } });
    expect(await use()).toMatchObject({ kind: 'subscribed', perCall: '50' });
    expect(await use('initech')).toMatchObject({ kind: 'public', perCall: '200' });

    const cancelled = await cancel(made.body.id);
    expect(cancelled.body).toMatchObject({ state: 'canceling', endsAt: made.body.period.end });
    expect((await cancel(made.body.id, { now: true })).body.code).toBe('subscription_state_forbids');
    expect(await use()).toMatchObject({ kind: 'subscribed', perCall: '50' });
    skewMs = 32 * DAY_MS;
    expect(await use()).toMatchObject({ kind: 'public', perCall: '200' });
  });

  it('is closed to who has not subscribed, where it says so, and open to its owner', async () => {
    await publish({ requiresSubscription: true });
    const offerId = await make({ kind: 'free' });
    expect(await use()).toBe('not_subscribed');
    expect(await use('acme')).toMatchObject({ kind: 'own' });
    const { body } = await take(offerId);
    expect(await use()).toMatchObject({ kind: 'subscribed', perCall: '0' });
    expect((await cancel(body.id, { now: true })).body.state).toBe('ended');
    expect(await use()).toBe('not_subscribed');
  });

  it('counts what a month includes: free within, at the overage’s price beyond, or not at all', async () => {
    await publish();
    const included = { kind: 'monthly', feeMicros: '5000000', includedCalls: 100 };
    const soft = await make({ ...included, overage: { perCallMicros: '70' } });
    const hard = await make(included);
    const { body } = await take(soft);
    const period = { periodStartMs: Date.parse(body.period.start), periodEndMs: Date.parse(body.period.end) };
    expect(await use()).toMatchObject({
      perCall: '0',
      quota: { subscriptionId: body.id, includedCalls: 100, ...period, beyond: { perCallMicros: '70' } },
    });
    await take(hard, {}, 'initech');
    expect(await use('initech')).toMatchObject({ perCall: '0', quota: { includedCalls: 100, beyond: undefined } });
  });

  it('tells how many of a period’s calls are left, and nothing of calls that are not counted', async () => {
    await publish();
    const { body } = await take(await make({ kind: 'trial', days: 14, includedCalls: 10 }));
    const read: unknown[] = [];
    const counted = registryApi({
      ...registry,
      readQuota: async (...asked) => {
        read.push(asked);
        return 4;
      },
    });
    const path = `/v1/subscriptions/${body.id}`;
    const { usage } = (await counted('GET', path, { who: 'globex' })).body;
    expect(usage).toEqual({ calls: 4, includedCalls: 10, remainingCalls: 6 });
    expect(read).toEqual([['acc_globex', { subscriptionId: body.id, periodStartMs: Date.parse(body.period.start) }]]);
    const free = await take(await make({ kind: 'free' }), {}, 'initech');
    const uncounted = await counted('GET', `/v1/subscriptions/${free.body.id}`, { who: 'initech' });
    expect([uncounted.body.usage, read.length]).toEqual([null, 1]);
  });

  it('keeps what a running period costs when its offer changes, and gives new subscribers the new terms', async () => {
    await publish();
    const offerId = await make({ kind: 'perCall', perCallMicros: '50' });
    await take(offerId);
    const body = { kind: 'perCall', perCallMicros: '90' };
    const changed = await call('POST', `${offers}/${offerId}/versions`, { who: 'acme', body });
    expect(changed.body.current).toMatchObject({ version: 2, perCallMicros: '90' });
    expect(await use()).toMatchObject({ perCall: '50' });
    const [mine] = (await call('GET', '/v1/subscriptions', { who: 'globex' })).body.items;
    expect(mine).toMatchObject({ terms: { version: 1 }, nextTerms: { version: 2, perCallMicros: '90' } });
    expect(mine.nextTerms.from >= mine.period.end && mine.nextTerms.from >= changed.body.current.effectiveAt).toBe(
      true,
    );
    await take(offerId, {}, 'initech');
    expect(await use('initech')).toMatchObject({ perCall: '90' });
    skewMs = 63 * DAY_MS;
    expect(await use()).toMatchObject({ perCall: '90' });
    const hasty = { ...body, noticeDays: 29 };
    expect((await call('POST', `${offers}/${offerId}/versions`, { who: 'acme', body: hasty })).status).toBe(422);
    const other = { kind: 'free' };
    const refused = await call('POST', `${offers}/${offerId}/versions`, { who: 'acme', body: other });
    expect(refused.body.code).toBe('offer_kind_fixed');
  });

  it('gives each account one trial, and one subscription at a time', async () => {
    await publish();
    const trial = await make({ kind: 'trial', days: 14, includedCalls: 10 });
    const paid = await make({ kind: 'perCall', perCallMicros: '50' });
    const { body } = await take(trial);
    expect(body).toMatchObject({ state: 'trialing', terms: { hardStop: true, days: 14 } });
    expect((await take(paid)).body.code).toBe('already_subscribed');
    await cancel(body.id, { now: true });
    expect((await take(trial)).body.code).toBe('trial_used');
    expect((await take(paid)).status).toBe(201);
    const mine = await call('GET', '/v1/subscriptions', { who: 'globex' });
    expect(mine.body.items.map(({ state }: { state: string }) => state)).toEqual(['active', 'ended']);
    const counts = await call('GET', `/v1/models/${MODEL}/subscribers`, { who: 'acme' });
    expect(counts.body.items).toEqual([
      { offerId: trial, trialing: 0, active: 0, canceling: 0 },
      { offerId: paid, trialing: 0, active: 1, canceling: 0 },
    ]);
    expect(JSON.stringify(counts.body)).not.toContain('globex');
  });

  it('answers a repeat under one key with what the first made, and refuses another request under it', async () => {
    await publish();
    const offerId = await make({ kind: 'free' });
    const first = await take(offerId, { 'idempotency-key': 'k1' });
    const again = await take(offerId, { 'idempotency-key': 'k1' });
    expect(again).toMatchObject({
      status: 201,
      body: { id: first.body.id },
      headers: { 'idempotency-replayed': 'true' },
    });
    const other = await make({ kind: 'free' });
    expect((await take(other, { 'idempotency-key': 'k1' })).body.code).toBe('idempotency_key_reused');
    expect((await take(offerId, { 'idempotency-key': 'k2' })).body.code).toBe('already_subscribed');
  });

  it('is offered once under one key, though as many are there as may be, and never under a key of another offer', async () => {
    await publish();
    const body = { name: 'Team', kind: 'free' };
    const offer = (key: string, more = body) =>
      call('POST', offers, { who: 'acme', headers: { 'idempotency-key': key }, body: more });
    const first = await offer('k1');
    for (let count = 1; count < OFFER_LIMIT; count++) await make({ kind: 'free' });
    const again = await offer('k1');
    expect(again).toMatchObject({
      status: 201,
      body: first.body,
      headers: { location: first.headers.location, 'idempotency-replayed': 'true' },
    });
    expect((await offer('k1', { ...body, name: 'Other' })).body.code).toBe('idempotency_key_reused');
    expect((await offer('k2')).body.code).toBe('offer_limit_reached');
    expect((await call('GET', offers, { who: 'acme' })).body.items).toHaveLength(OFFER_LIMIT);
  });

  it('refuses a closed offer to new subscribers, and another’s subscription to all', async () => {
    await publish();
    const offerId = await make({ kind: 'free' });
    const { body } = await take(offerId);
    expect((await cancel(body.id, {}, 'initech')).body.code).toBe('subscription_not_found');
    await call('PATCH', `${offers}/${offerId}`, { who: 'acme', body: { state: 'closed' } });
    expect((await take(offerId, {}, 'initech')).body.code).toBe('offer_closed');
    expect((await call('GET', offers)).body.items).toEqual([]);
    expect((await call('GET', `/v1/subscriptions/${body.id}`, { who: 'globex' })).body.state).toBe('active');
    expect((await take(offerId, {}, 'acme')).body.code).toBe('subscription_not_needed');
    expect((await call('PATCH', `${offers}/${offerId}`, { who: 'initech', body: { state: 'closed' } })).body.code).toBe(
      'not_your_handle',
    );
  });

  it('leaves who is let in no more what runs, until its period ends', async () => {
    await publish({ visibility: 'gated', requiresSubscription: true });
    const offerId = await make({ kind: 'perCall', perCallMicros: '50' });
    expect((await take(offerId)).body.code).toBe('access_required');
    const requests = `/v1/models/${MODEL}/access-requests`;
    await call('POST', requests, { who: 'globex', body: { reason: 'A study' } });
    await call('POST', `${requests}/acc_globex/approve`, { who: 'acme' });
    expect(await use()).toBe('not_subscribed');
    const { body } = await take(offerId);
    await call('POST', `${requests}/acc_globex/revoke`, { who: 'acme', body: { message: 'Over' } });
    await call('PATCH', `/v1/models/${MODEL}`, { who: 'acme', body: { visibility: 'private' } });
    expect(await use()).toMatchObject({ kind: 'subscribed', perCall: '50' });
    const mine = await call('GET', `/v1/subscriptions/${body.id}`, { who: 'globex' });
    expect(mine.body).toMatchObject({ state: 'canceling', endsAt: body.period.end });
    skewMs = 32 * DAY_MS;
    expect(await use()).toBe('model_not_found');
  });
});

describe('the clock', () => {
  /** The hourly run, so many days from now. */
  const runAt = (days: number) => {
    skewMs = days * DAY_MS;
    return endLives({
      ...registry,
      ...memoryObjects(),
      subscribers: { windDown: windDown(registry.access) },
      graceMs: 0,
      newToken: () => 'token',
      remainingMs: () => 900_000,
      onFault: (_, fault) => {
        throw fault;
      },
      clock: () => Date.now() + skewMs,
    })();
  };
  const told = () => registry.events.filter((event) => event.startsWith('Subscription'));
  const ENDED = `SubscriptionEnded.v1 ${MODEL} acc_globex`;

  it('tells that a trial ended, once', async () => {
    await publish();
    await take(await make({ kind: 'trial', days: 14, includedCalls: 10 }));
    await runAt(13.9);
    expect(told()).not.toContain(ENDED);
    for (const days of [14.1, 14.2, 30]) await runAt(days);
    expect(told()).toEqual([`SubscriptionStarted.v1 ${MODEL} acc_globex`, ENDED]);
  });

  it('tells that a cancelled subscription ended when its period is over, and not that one goes on', async () => {
    await publish();
    const offerId = await make({ kind: 'perCall', perCallMicros: '50' });
    await take(offerId, {}, 'initech');
    const { body } = await take(offerId);
    await cancel(body.id);
    await runAt(27);
    expect(told().filter((event) => event === ENDED)).toEqual([]);
    for (const days of [32, 33]) await runAt(days);
    expect(told().filter((event) => event.startsWith('SubscriptionEnded'))).toEqual([ENDED]);
  });

  it('tells nothing more of one that was ended at once, whether or not it was cancelled before', async () => {
    await publish();
    const trial = await take(await make({ kind: 'trial', days: 14, includedCalls: 10 }));
    await cancel(trial.body.id);
    await cancel(trial.body.id, { now: true });
    const free = await take(await make({ kind: 'free' }));
    await cancel(free.body.id, { now: true });
    await runAt(40);
    expect(told().filter((event) => event === ENDED)).toHaveLength(2);
  });

  it('tells the end of the one before, where another was taken meanwhile', async () => {
    await publish();
    const free = await make({ kind: 'free' });
    await take(await make({ kind: 'trial', days: 1, includedCalls: 10 }));
    const twoDaysOn = Date.now() + 2 * DAY_MS;
    vi.spyOn(Date, 'now').mockReturnValue(twoDaysOn);
    expect((await take(free)).status).toBe(201);
    await runAt(0);
    expect(told().filter((event) => event === ENDED)).toHaveLength(1);
  });

  it('ends subscriptions to a deleted model with the period they are in; until then it answers who has them', async () => {
    await publish();
    await take(await make({ kind: 'perCall', perCallMicros: '50' }));
    await call('DELETE', `/v1/models/${MODEL}`, { who: 'acme', query: `confirm=${MODEL}&reason=over` });
    await runAt(0);
    expect(await use()).toMatchObject({ kind: 'subscribed', perCall: '50' });
    expect(await use('initech')).toBe('model_not_found');
    const { body } = await call('GET', '/v1/subscriptions', { who: 'globex' });
    expect(body.items[0]).toMatchObject({ state: 'canceling', endsAt: body.items[0].period.end });
    expect((await registry.versions.find(MODEL, '1.0.0'))?.state).toBe('published');
    await runAt(0);
    expect(told().at(-1)).toBe(`SubscriptionCanceled.v1 ${MODEL} acc_globex`);

    await runAt(32);
    expect(await use()).toBe('model_not_found');
    expect(told().at(-1)).toBe(ENDED);
    expect((await registry.versions.find(MODEL, '1.0.0'))?.state).toBe('retired');
  });
});

describe('a version that subscribers have', () => {
  const versions = `/v1/models/${MODEL}/versions`;
  const add = async (version: string) => {
    const sha256 = 'c'.repeat(64);
    const files = [{ path: 'model.onnx', sizeBytes: 3, sha256 }];
    const draft = await call('POST', versions, { who: 'acme', body: { version, files } });
    registry.objects.set(draft.body.uploads[0].fields.key, { sizeBytes: 3, sha256 });
    await call('POST', `${versions}/${version}/complete`, { who: 'acme' });
    registry.settleAs(MODEL, version, { state: 'validated', validated });
    expect((await call('POST', `${versions}/${version}/publish`, { who: 'acme' })).status).toBe(200);
  };
  const show = (visibility: string) => call('PATCH', `/v1/models/${MODEL}`, { who: 'acme', body: { visibility } });
  const end = (sunsetAtMs: number, version = '1.0.0') =>
    call('POST', `${versions}/${version}/deprecate`, {
      who: 'acme',
      body: { sunsetAt: new Date(sunsetAtMs).toISOString(), reason: 'enough' },
    });
  const subscribed = async (): Promise<number> => {
    const { body } = await take(await make({ kind: 'perCall', perCallMicros: '50' }));
    return Date.parse(body.period.end);
  };

  it('is not retired at once by hiding the model', async () => {
    await publish();
    await subscribed();
    await show('private');
    const retired = await call('POST', `${versions}/1.0.0/retire`, { who: 'acme', body: { reason: 'enough' } });
    expect(retired).toMatchObject({ status: 409, body: { code: 'notice_required' } });
    expect(await end(Date.now() + 1_000)).toMatchObject({ status: 422, body: { code: 'notice_too_short' } });
    expect(await use()).toMatchObject({ kind: 'subscribed' });
  });

  it.each(['public', 'private'])(
    'does not end before the period that they are in, the model being %s',
    async (visibility) => {
      await publish();
      const endMs = await subscribed();
      await show(visibility);
      const early = await end(endMs - 1);
      expect(early).toMatchObject({ status: 422, body: { code: 'notice_too_short' } });
      expect(early.body.detail).toContain(new Date(endMs).toISOString());
      expect((await end(endMs)).status).toBe(200);
      // A promised date may be kept, not drawn nearer.
      expect((await end(endMs)).status).toBe(200);
      expect((await end(endMs - 1)).status).toBe(422);
    },
  );

  it.each([
    { other: '1.1.0', status: 200, why: 'that serves the same callers' },
    { other: '2.0.0', status: 422, why: 'that would break them' },
    { other: '1.1.0-rc.1', status: 422, why: 'that is a prerelease' },
  ])('ends after a week where another goes on $why', async ({ other, status }) => {
    await publish();
    await subscribed();
    await add(other);
    expect((await end(Date.now() + 8 * DAY_MS)).status).toBe(status);
  });

  it('leans on no other that ends too soon, or that is quarantined', async () => {
    await publish();
    await subscribed();
    await add('1.1.0');
    expect((await end(Date.now() + 8 * DAY_MS)).status).toBe(200);
    expect((await end(Date.now() + 8 * DAY_MS, '1.1.0')).status).toBe(422);
    await call('POST', `${versions}/1.0.0/undeprecate`, { who: 'acme' });
    const fared = { model: MODEL, version: '1.0.0', ownerAccountId: 'acc_acme', failures: [], releaseCount: 0 };
    await registry.health.fail({ ...fared, quarantinedAtMs: 1, revision: 1 }, 1);
    expect((await end(Date.now() + 8 * DAY_MS, '1.1.0')).status).toBe(422);
  });

  it('leans on no other whose end is asked for at the same moment', async () => {
    await publish();
    await subscribed();
    await add('1.1.0');
    registry.between = () => end(Date.now() + 8 * DAY_MS, '1.1.0');
    expect((await end(Date.now() + 8 * DAY_MS)).status).toBe(422);
    expect((await registry.versions.find(MODEL, '1.0.0'))?.state).toBe('published');
  });

  it('is free to end once nobody is subscribed', async () => {
    await publish();
    const trial = await take(await make({ kind: 'trial', days: 30, includedCalls: 10 }));
    expect((await end(Date.now() + 8 * DAY_MS)).status).toBe(422);
    await cancel(trial.body.id, { now: true });
    expect((await end(Date.now() + 8 * DAY_MS)).status).toBe(200);
  });

  it('is shown to nobody as promised until a date that was too near for others', async () => {
    await publish();
    await show('private');
    expect((await end(Date.now() + DAY_MS)).status).toBe(200);
    for (const visibility of ['public', 'gated']) {
      const shown = await show(visibility);
      expect(shown).toMatchObject({ status: 422, body: { code: 'notice_too_short' } });
      expect(shown.body.errors[0].pointer).toBe('/visibility');
    }
    await call('POST', `${versions}/1.0.0/undeprecate`, { who: 'acme' });
    expect((await show('public')).status).toBe(200);
  });
});
