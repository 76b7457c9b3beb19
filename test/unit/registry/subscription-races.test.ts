// Subscriptions taken and cancelled while something else happens to them, their offer or their model.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Subscription } from '../../../lambdas/registry/ports/access.ts';
import { registryApi } from '../../support/registry-api.ts';
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts';
import { publishInMemory } from './publish-in-memory.ts';

const MODEL = 'acme.iris';
const offers = `/v1/models/${MODEL}/offers`;

let registry: MemoryRegistry;
let call: ReturnType<typeof registryApi>;

beforeEach(async () => {
  registry = memoryRegistry();
  call = registryApi(registry);
  await publishInMemory(registry, call, { name: MODEL });
});

const make = async (body: object): Promise<string> => {
  const answer = await call('POST', offers, { who: 'acme', body: { name: 'Team', ...body } });
  expect(answer.status).toBe(201);
  return answer.body.id;
};
const take = (offerId: string, headers: Record<string, string> = {}) =>
  call('POST', '/v1/subscriptions', { who: 'globex', headers, body: { model: MODEL, offerId } });
const cancel = (id: string, body: object = {}, over = call) =>
  over('POST', `/v1/subscriptions/${id}/cancel`, { who: 'globex', body });
const told = () => registry.events.filter((event) => event.startsWith('Subscription'));

describe('a subscription that is cancelled twice at once', () => {
  /** An API that another act comes between, once it has found the subscription. */
  const overtaken = (act: () => Promise<unknown>) => {
    let rest: (() => Promise<unknown>) | undefined = act;
    const subscription = async (accountId: string, id: string): Promise<Subscription | undefined> => {
      const found = await registry.access.subscription(accountId, id);
      const now = rest;
      rest = undefined;
      await now?.();
      return found;
    };
    return registryApi({ ...registry, access: { ...registry.access, subscription } });
  };

  it('stays ended where it was ended at once, and its end is told once', async () => {
    const { body } = await take(await make({ kind: 'free' }));
    await cancel(
      body.id,
      {},
      overtaken(() => cancel(body.id, { now: true })),
    );
    const mine = await call('GET', `/v1/subscriptions/${body.id}`, { who: 'globex' });
    expect(mine.body.state).toBe('ended');
    expect(told()).toEqual([`SubscriptionStarted.v1 ${MODEL} acc_globex`, `SubscriptionEnded.v1 ${MODEL} acc_globex`]);
  });

  it('changes nothing of the one that was taken after its end', async () => {
    const offerId = await make({ kind: 'free' });
    const { body } = await take(offerId);
    const again = async () => {
      await cancel(body.id, { now: true });
      expect((await take(offerId)).status).toBe(201);
    };
    expect((await cancel(body.id, {}, overtaken(again))).body.code).toBe('subscription_state_forbids');
    const mine = await call('GET', '/v1/subscriptions', { who: 'globex' });
    expect(mine.body.items.map(({ state }: { state: string }) => state)).toEqual(['active', 'ended']);
  });

  it('is told as it was cancelled first', async () => {
    const { body } = await take(await make({ kind: 'perCall', perCallMicros: '50' }));
    const late = await cancel(
      body.id,
      {},
      overtaken(() => cancel(body.id)),
    );
    expect(late).toMatchObject({ status: 200, body: { state: 'canceling' } });
    expect(told().filter((event) => event.startsWith('SubscriptionCanceled'))).toHaveLength(1);
  });
});

describe('a repeat under one key', () => {
  const codes = async (answer: ReturnType<typeof take>) => (await answer).body.code;

  it('is told what its key made, though another subscription runs meanwhile', async () => {
    const trial = await make({ kind: 'trial', days: 14, includedCalls: 10 });
    const first = await take(trial, { 'idempotency-key': 'k1' });
    await cancel(first.body.id, { now: true });
    const second = await take(await make({ kind: 'perCall', perCallMicros: '50' }), { 'idempotency-key': 'k2' });
    expect(second.status).toBe(201);
    expect(await take(trial, { 'idempotency-key': 'k1' })).toMatchObject({
      status: 201,
      body: { id: first.body.id, state: 'ended' },
      headers: { location: `/v1/subscriptions/${first.body.id}`, 'idempotency-replayed': 'true' },
    });
    expect(await codes(take(trial, { 'idempotency-key': 'k2' }))).toBe('idempotency_key_reused');
  });

  it('is told it, though a new request would be refused by now', async () => {
    const trial = await make({ kind: 'trial', days: 14, includedCalls: 10 });
    const { body } = await take(trial, { 'idempotency-key': 'k1' });
    await cancel(body.id, { now: true });
    expect(await codes(take(trial))).toBe('trial_used');
    expect((await take(trial, { 'idempotency-key': 'k1' })).body.id).toBe(body.id);
    await call('PATCH', `${offers}/${trial}`, { who: 'acme', body: { state: 'closed' } });
    await call('DELETE', `/v1/models/${MODEL}`, { who: 'acme', query: `confirm=${MODEL}&reason=over` });
    expect((await take(trial, { 'idempotency-key': 'k1' })).body.id).toBe(body.id);
    expect(told().filter((event) => event.startsWith('SubscriptionStarted'))).toHaveLength(1);
  });

  it('is refused to a key that is bound to other models', async () => {
    const offerId = await make({ kind: 'free' });
    await take(offerId, { 'idempotency-key': 'k1' });
    const bound = await call('POST', '/v1/subscriptions', {
      who: 'globex',
      change: { models: ['acme.rose'] },
      headers: { 'idempotency-key': 'k1' },
      body: { model: MODEL, offerId },
    });
    expect(bound.body.code).toBe('permission_denied');
  });
});

describe('a subscription that is taken', () => {
  /** Takes an offer, and something happens between what is read and what is written. */
  const takeAs = (act: () => Promise<unknown>, offerId: string) => {
    let rest: (() => Promise<unknown>) | undefined = act;
    const subscribe: MemoryRegistry['access']['subscribe'] = async (change) => {
      const now = rest;
      rest = undefined;
      await now?.();
      return registry.access.subscribe(change);
    };
    const overtaken = registryApi({ ...registry, access: { ...registry.access, subscribe } });
    return overtaken('POST', '/v1/subscriptions', { who: 'globex', body: { model: MODEL, offerId } });
  };

  it.each([
    {
      code: 'offer_closed',
      what: 'its offer is closed',
      act: (id: string) => call('PATCH', `${offers}/${id}`, { who: 'acme', body: { state: 'closed' } }),
    },
    {
      code: 'model_not_found',
      what: 'its model is deleted',
      act: () => call('DELETE', `/v1/models/${MODEL}`, { who: 'acme', query: `confirm=${MODEL}&reason=over` }),
    },
    {
      code: 'access_required',
      what: 'its model is gated',
      act: () => call('PATCH', `/v1/models/${MODEL}`, { who: 'acme', body: { visibility: 'gated' } }),
    },
    {
      code: 'terms_not_accepted',
      what: 'terms are set',
      act: () => call('PUT', `/v1/models/${MODEL}/terms`, { who: 'acme', body: { version: '1', text: 'Be good' } }),
    },
  ])('is refused when $what meanwhile', async ({ code, act }) => {
    const offerId = await make({ kind: 'free' });
    expect((await takeAs(() => act(offerId), offerId)).body.code).toBe(code);
    expect(told()).toEqual([]);
  });

  it('has what the offer costs when it is written', async () => {
    const offerId = await make({ kind: 'perCall', perCallMicros: '50' });
    const body = { kind: 'perCall', perCallMicros: '90' };
    const change = () => call('POST', `${offers}/${offerId}/versions`, { who: 'acme', body });
    expect((await takeAs(change, offerId)).body).toMatchObject({ terms: { version: 2, perCallMicros: '90' } });
  });
});
