// A deleted model with more subscribers than one run has time for: nothing else waits for it, and nothing is walked in vain.
import { beforeEach, expect, it } from 'vitest';
import { endLives } from '../../../lambdas/registry/routes/end-lives.ts';
import { windDown } from '../../../lambdas/registry/routes/wind-down.ts';
import { registryApi } from '../../support/registry-api.ts';
import { memoryObjects } from './memory-life.ts';
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts';
import { publishInMemory } from './publish-in-memory.ts';

const MODEL = 'acme.iris';
const DAY_MS = 86_400_000;
const subscribers = ['globex', 'hooli', 'initech', 'umbrella'];

let registry: MemoryRegistry;
let call: ReturnType<typeof registryApi>;
let walkCount: number;

/** @param askCount - how often the run is told that it has time left */
const runAt = (days: number, askCount = Number.POSITIVE_INFINITY) => {
  let askedCount = 0;
  const ofModel: MemoryRegistry['access']['ofModel'] = (...args) => {
    walkCount++;
    return registry.access.ofModel(...args);
  };
  return endLives({
    ...registry,
    ...memoryObjects(),
    subscribers: { windDown: windDown({ ...registry.access, ofModel }) },
    graceMs: 0,
    newToken: () => 'token',
    remainingMs: () => (askedCount++ < askCount ? 900_000 : 0),
    onFault: (_, fault) => {
      throw fault;
    },
    clock: () => Date.now() + days * DAY_MS,
  })();
};
const told = (type: string) => registry.events.filter((event) => event.startsWith(type)).sort();
const all = (type: string) => subscribers.map((who) => `${type} ${MODEL} acc_${who}`);

beforeEach(async () => {
  registry = memoryRegistry();
  call = registryApi(registry);
  walkCount = 0;
  await publishInMemory(registry, call, { name: MODEL });
  const body = { name: 'Team', kind: 'perCall', perCallMicros: '50' };
  const { id: offerId } = (await call('POST', `/v1/models/${MODEL}/offers`, { who: 'acme', body })).body;
  for (const who of subscribers) await call('POST', '/v1/subscriptions', { who, body: { model: MODEL, offerId } });
  await call('DELETE', `/v1/models/${MODEL}`, { who: 'acme', query: `confirm=${MODEL}&reason=over` });
});

it('is gone on with run by run, each subscriber cancelled and told once', async () => {
  // Once for the item, and once for each subscriber that is looked at.
  for (const askCount of [2, 3, 4]) expect((await runAt(0, askCount)).outcome).toBe('goes_on');
  expect(told('SubscriptionCanceled.v1')).toEqual(all('SubscriptionCanceled.v1').slice(0, 3));
  expect((await runAt(0)).outcome).toBe('finished');
  expect(told('SubscriptionCanceled.v1')).toEqual(all('SubscriptionCanceled.v1'));
});

it('waits for all else that is due, though it was due first', async () => {
  await publishInMemory(registry, call, { name: 'acme.rose' });
  const trial = { name: 'Trial', kind: 'trial', days: 1, includedCalls: 10 };
  const offer = await call('POST', '/v1/models/acme.rose/offers', { who: 'acme', body: trial });
  const body = { model: 'acme.rose', offerId: offer.body.id };
  expect((await call('POST', '/v1/subscriptions', { who: 'globex', body })).status).toBe(201);
  expect(await runAt(2, 2)).toMatchObject({ outcome: 'goes_on', endedCount: 1 });
  expect(told('SubscriptionEnded.v1')).toEqual(['SubscriptionEnded.v1 acme.rose acc_globex']);
});

it('is not walked again until the last subscription ends, and then ends its versions', async () => {
  await runAt(0);
  for (const days of [1, 2, 27]) await runAt(days);
  expect(walkCount).toBe(1);
  expect((await registry.versions.find(MODEL, '1.0.0'))?.state).toBe('published');
  expect(await runAt(32)).toMatchObject({ retiredCount: 1, endedCount: subscribers.length });
  expect((await registry.versions.find(MODEL, '1.0.0'))?.state).toBe('retired');
  await runAt(33);
  expect(walkCount).toBe(2);
});
