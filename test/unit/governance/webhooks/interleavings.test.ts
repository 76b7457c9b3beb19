// However the functions are run, repeated and ended, each webhook gets each event that it asked for at least once, every
// repeat has the same id, and nothing is called delivered that was not answered 2xx.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Delivery, DeliveryTask } from '../../../../lambdas/governance/ports.ts';
import { deliverWebhook } from '../../../../lambdas/governance/routes/deliver-webhook.ts';
import { type BusEvent, notifyWebhooks } from '../../../../lambdas/governance/routes/notify-webhooks.ts';
import { replayDelivery } from '../../../../lambdas/governance/routes/replay-delivery.ts';
import { sweepDeliveries } from '../../../../lambdas/governance/routes/sweep-deliveries.ts';
import { ACCOUNT, answered, aWebhook, eventIdOf, makePlace, webhookIdOf } from './place.ts';

class Ended extends Error {}

type Step =
  | { readonly is: 'notify'; readonly event: number; readonly dieAt: number }
  | {
      readonly is: 'deliver';
      readonly pick: number;
      readonly again: boolean;
      readonly status: number;
      readonly dieAt: number;
    }
  | { readonly is: 'sweep'; readonly dieAt: number }
  | { readonly is: 'replay'; readonly event: number; readonly dieAt: number }
  | { readonly is: 'lose'; readonly pick: number }
  | { readonly is: 'wait'; readonly ms: number };

/** Which call to the outside the function ends before; more than there are: it does not. */
const dieAt = fc.integer({ min: 0, max: 12 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ is: fc.constant('notify' as const), event: fc.nat(2), dieAt }),
  fc.record({
    is: fc.constant('deliver' as const),
    pick: fc.nat(),
    again: fc.boolean(),
    status: fc.constantFrom(200, 204, 301, 404, 500, 503),
    dieAt,
  }),
  fc.record({ is: fc.constant('sweep' as const), dieAt }),
  fc.record({ is: fc.constant('replay' as const), event: fc.nat(2), dieAt }),
  fc.record({ is: fc.constant('lose' as const), pick: fc.nat() }),
  fc.record({ is: fc.constant('wait' as const), ms: fc.constantFrom(1000, 6000, 120_000, 1_800_000) }),
);

const busEventOf = (index: number): BusEvent => ({
  source: 'aimass.registry',
  'detail-type': 'VersionValidated.v1',
  detail: {
    id: eventIdOf(index),
    at: '2026-11-23T20:46:00.000Z',
    accountId: ACCOUNT,
    subject: 'acme.iris',
    data: { model: 'acme.iris', version: `1.0.${index}` },
  },
});

/** The same ports, whose process ends before its nth call, or after it: the call is made, and nobody hears of it. */
const endingAt = <T extends object>(ports: T, count: { left: number }): T =>
  Object.fromEntries(
    Object.entries(ports).map(([name, port]) => {
      const mortal = (method: unknown) =>
        typeof method !== 'function'
          ? method
          : async (...args: unknown[]) => {
              if (count.left-- <= 0) throw new Ended();
              const result = await method(...args);
              if (count.left-- <= 0) throw new Ended();
              return result;
            };
      const methods = ['webhooks', 'deliveries', 'queue', 'sender'].includes(name)
        ? Object.fromEntries(
            Object.entries(port as object).map(([one, method]) => [one, one === 'due' ? method : mortal(method)]),
          )
        : port;
      return [name, methods];
    }),
  ) as T;

const world = () => {
  const place = makePlace([aWebhook(), aWebhook({ webhookId: webhookIdOf(1), url: 'https://other.example.com/' })]);
  const heard = new Map<string, number>();
  const told = new Set<number>();
  const mortals = (at: number) => endingAt(place.ports, { left: at });
  const survive = (work: Promise<unknown>) =>
    work.catch((fault: unknown) => {
      if (!(fault instanceof Ended)) throw fault;
    });
  const deliver = (task: DeliveryTask, status: number, at: number) => {
    place.answer = async () => {
      if (status >= 200 && status < 300) {
        const key = place.keyOf(task);
        heard.set(key, (heard.get(key) ?? 0) + 1);
      }
      return answered(status);
    };
    return survive(deliverWebhook(mortals(at))(task));
  };
  const run = async (one: Step) => {
    switch (one.is) {
      case 'notify':
        told.add(one.event);
        return survive(notifyWebhooks(mortals(one.dieAt))(busEventOf(one.event)));
      case 'deliver': {
        const ready = place.queued.filter(({ atMs }) => atMs <= place.nowMs);
        const picked = ready[one.pick % Math.max(1, ready.length)];
        if (!picked) return undefined;
        if (!one.again) place.queued.splice(place.queued.indexOf(picked), 1);
        return deliver(picked.task, one.status, one.dieAt);
      }
      case 'sweep':
        return survive(sweepDeliveries(mortals(one.dieAt))(Number.POSITIVE_INFINITY));
      case 'replay': {
        const delivery = eventIdOf(one.event);
        if (!place.deliveries.has(place.keyOf({ webhookId: webhookIdOf(0), deliveryId: delivery }))) return undefined;
        const request = {
          caller: { accountId: ACCOUNT },
          params: { webhook: webhookIdOf(0), delivery },
          nowMs: place.nowMs,
        };
        return survive(replayDelivery(mortals(one.dieAt))(request as never));
      }
      case 'lose':
        return place.queued.splice(one.pick % Math.max(1, place.queued.length), 1);
      case 'wait':
        place.nowMs += one.ms;
        return undefined;
    }
  };
  return { place, heard, told, deliver, run };
};

const check = ({ place, heard }: ReturnType<typeof world>) => {
  for (const [key, delivery] of place.deliveries) {
    if (delivery.state === 'delivered') expect([key, heard.get(key) ?? 0]).not.toEqual([key, 0]);
    // Whatever is still to be done is found by the sweep, whoever dies.
    expect([delivery.state, delivery.dueMs !== undefined]).toEqual([delivery.state, delivery.state === 'pending']);
  }
};

it('delivers everything at least once, whatever ends and in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const all = world();
      const { place, told, deliver, heard } = all;
      for (const one of steps) {
        await all.run(one);
        check(all);
      }
      // The bus repeats an event until it was taken, and from then on receivers answer well and nobody dies.
      for (const event of told) await all.run({ is: 'notify', event, dieAt: 100 });
      const pending = () => [...place.deliveries.values()].some(({ state }: Delivery) => state === 'pending');
      for (let round = 0; pending(); round++) {
        expect(round).toBeLessThan(200);
        place.nowMs += 60_000;
        await all.run({ is: 'sweep', dieAt: 100 });
        for (const { task } of place.queued.splice(0)) await deliver(task, 200, 100);
        check(all);
      }
      expect(place.deliveries.size).toBe(told.size * 2);
      for (const [key, { state, reason }] of place.deliveries) {
        // One that failed for good used up its attempts before receivers were well.
        if (state === 'failed') expect(reason).toBe('attempts_used_up');
        else expect(heard.get(key)).toBeGreaterThan(0);
      }
      const ids = new Set(place.sent.map(({ headers }) => headers['webhook-id']));
      for (const id of ids) expect([...told].map(eventIdOf)).toContain(id);
    }),
    { numRuns: 500 },
  );
});
