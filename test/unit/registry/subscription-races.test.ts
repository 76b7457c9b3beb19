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
