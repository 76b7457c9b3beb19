import { describe, expect, it } from 'vitest';
import { ATTEMPT_LIMIT, PROBE_MS, retryDelaysMs } from '../../../../lambdas/governance/domain/delivery.ts';
import type { Delivery, SendOutcome } from '../../../../lambdas/governance/ports.ts';
import { deliverWebhook } from '../../../../lambdas/governance/routes/deliver-webhook.ts';
import { sweepDeliveries } from '../../../../lambdas/governance/routes/sweep-deliveries.ts';
import { aDelivery, answered, aWebhook, makePlace, type Place, webhookIdOf } from './place.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const withDelivery = (change: Partial<Delivery> = {}, webhook = aWebhook()) => {
  const place = makePlace([webhook]);
  const delivery = aDelivery(change);
  place.deliveries.set(place.keyOf(delivery), delivery);
  return { place, delivery, deliver: () => deliverWebhook(place.ports)(latest(place)) };
};

const latest = (place: Place): Delivery => [...place.deliveries.values()][0] as Delivery;
const webhookOf = (place: Place) => place.webhooks.get(webhookIdOf(0));

describe('an attempt', () => {
  it('sends the payload under the event’s id, signed with what is in force', async () => {
    const secrets = [
      { ciphertext: 'new', createdAtMs: 0, expiresAtMs: undefined },
      { ciphertext: 'old', createdAtMs: 0, expiresAtMs: 1000 },
      { ciphertext: 'ended', createdAtMs: 0, expiresAtMs: 0 },
    ];
    const { place, delivery, deliver } = withDelivery({}, aWebhook({ secrets }));
    expect(await deliver()).toBe('delivered');
    expect(place.sent).toEqual([
      {
        url: 'https://example.com/hook',
        headers: { 'webhook-id': delivery.deliveryId, 'webhook-signature': 'opened new opened old' },
        body: delivery.payload,
      },
    ]);
    expect(latest(place)).toMatchObject({
      state: 'delivered',
      attemptCount: 1,
      nextAttemptAtMs: undefined,
      dueMs: undefined,
    });
  });

  it.each([199, 300, 301, 404, 410, 500, undefined])('answered %s is not called delivered', async (status) => {
    const { place, deliver } = withDelivery();
    place.answer = async () => answered(status);
    expect(await deliver()).not.toBe('delivered');
  });

  it('is repeated by the schedule, and after the last by nobody', async () => {
    const { place, deliver } = withDelivery();
    place.answer = async () => answered(500);
    const waited: number[] = [];
    while (latest(place).state === 'pending') {
      await deliver();
      const { nextAttemptAtMs } = latest(place);
      if (nextAttemptAtMs === undefined) break;
      waited.push(nextAttemptAtMs - place.nowMs);
      place.nowMs = nextAttemptAtMs;
    }
    expect(waited).toEqual(retryDelaysMs);
    expect(latest(place)).toMatchObject({ state: 'failed', reason: 'attempts_used_up', attemptCount: ATTEMPT_LIMIT });
    expect(latest(place).attempts).toHaveLength(ATTEMPT_LIMIT);
    expect(place.sent).toHaveLength(ATTEMPT_LIMIT);
  });

  it.each<[string, SendOutcome, number, number]>([
    ['a tenth more at most', answered(500), 1, 5500],
    ['as long as the receiver asks', answered(503, { retryAfterMs: HOUR_MS }), 0, HOUR_MS],
    ['a day, however long the receiver asks', answered(429, { retryAfterMs: 30 * DAY_MS }), 0, DAY_MS],
    ['no less than the schedule', answered(429, { retryAfterMs: 1 }), 0, 5000],
  ])('waits %s', async (_what, outcome, random, waitMs) => {
    const { place } = withDelivery();
    place.answer = async () => outcome;
    await deliverWebhook({ ...place.ports, random: () => random })(latest(place));
    expect(latest(place).nextAttemptAtMs).toBe(waitMs);
  });

  it('is put back on the queue while the queue can hold it, and is left to the sweep beyond', async () => {
    const soon = withDelivery();
    soon.place.answer = async () => answered(500);
    await soon.deliver();
    expect(soon.place.queued).toMatchObject([{ atMs: 5000, task: { revision: latest(soon.place).revision } }]);
    // Should that be lost, the sweep looks after it a minute later.
    expect(latest(soon.place).dueMs).toBe(65_000);
    const late = withDelivery({ attemptCount: 2 });
    late.place.answer = async () => answered(500);
    await late.deliver();
    expect(late.place.queued).toEqual([]);
    expect(latest(late.place).dueMs).toBe(30 * 60_000);
  });

  it('is made by one of those who have the task', async () => {
    const { place, delivery } = withDelivery();
    const deliver = deliverWebhook(place.ports);
    const ended = await Promise.all([deliver(delivery), deliver(delivery), deliver(delivery)]);
    expect(ended.filter((one) => one === 'delivered')).toHaveLength(1);
    expect(place.sent).toHaveLength(1);
  });

  it('is nothing of an older task’s', async () => {
    const { place, delivery } = withDelivery({ revision: 3 });
    expect(await deliverWebhook(place.ports)({ ...delivery, revision: 2 })).toBeUndefined();
    expect(place.sent).toEqual([]);
  });

  it('is not begun, nor counted, while secrets cannot be opened', async () => {
    const { place, delivery } = withDelivery();
    const open = async () => {
      throw new Error('KMS is away');
    };
    await expect(deliverWebhook({ ...place.ports, secrets: { open } })(delivery)).rejects.toThrow('KMS is away');
    expect(latest(place)).toEqual(delivery);
  });

  it('whose process ends each time is not repeated for ever', async () => {
    const { place, deliver } = withDelivery();
    place.answer = () => new Promise(() => undefined);
    for (let round = 0; round < ATTEMPT_LIMIT; round++) {
      void deliver();
      await new Promise((resolve) => setImmediate(resolve));
      place.nowMs = latest(place).dueMs ?? 0;
      await sweepDeliveries(place.ports)(Number.POSITIVE_INFINITY);
    }
    expect(await deliver()).toBe('failed');
    expect([place.sent.length, latest(place).reason]).toEqual([ATTEMPT_LIMIT, 'attempts_used_up']);
  });
});

describe('a webhook', () => {
  it('that is gone is disabled at once, and what waits for it is given up', async () => {
    const { place, deliver } = withDelivery();
    place.nowMs = 7;
    place.answer = async () => answered(410);
    expect(await deliver()).toBe('failed');
    expect(webhookOf(place)).toMatchObject({ enabled: false, disabledReason: 'gone', disabledAtMs: 7 });
    expect(latest(place)).toMatchObject({ reason: 'webhook_disabled' });
    const other = aDelivery({ deliveryId: 'evt_2' });
    place.deliveries.set(place.keyOf(other), other);
    expect(await deliverWebhook(place.ports)(other)).toBe('failed');
    expect(place.sent).toHaveLength(1);
  });

  it('that was removed is not called', async () => {
    const { place, deliver } = withDelivery();
    place.webhooks.clear();
    expect([await deliver(), latest(place).reason, place.sent]).toEqual(['failed', 'webhook_removed', []]);
  });

  it('is disabled when five days passed without a success', async () => {
    const { place, deliver } = withDelivery();
    place.answer = async () => answered(undefined, { error: 'the host refuses connections' });
    await deliver();
    expect(webhookOf(place)).toMatchObject({ enabled: true, failingSinceMs: 0 });
    place.nowMs = 5 * DAY_MS - MINUTE_MS;
    await deliver();
    expect(webhookOf(place)?.enabled).toBe(true);
    place.nowMs = 5 * DAY_MS;
    await deliver();
    expect(webhookOf(place)).toMatchObject({ enabled: false, disabledReason: 'failing' });
  });

  it('begins anew with each success', async () => {
    const { place, deliver } = withDelivery({}, aWebhook({ failingSinceMs: 0 }));
    place.nowMs = 6 * DAY_MS;
    await deliver();
    expect(webhookOf(place)).toMatchObject({ enabled: true, failingSinceMs: undefined, revision: 2 });
  });

  it('that is failing is called by one attempt at a time; the others are put off, and not counted', async () => {
    const place = makePlace([aWebhook({ failingSinceMs: 0 })]);
    place.nowMs = 10 * MINUTE_MS;
    const all = Array.from({ length: 5 }, (_, index) => aDelivery({ deliveryId: `evt_${index}` }, place.nowMs));
    for (const one of all) place.deliveries.set(place.keyOf(one), one);
    let answer = (_: SendOutcome) => {};
    place.answer = () => new Promise((resolve) => (answer = resolve));
    const attempts = all.map(deliverWebhook(place.ports));
    await Promise.all(attempts.slice(1));
    expect(place.sent).toHaveLength(1);
    const waiting = [...place.deliveries.values()].slice(1);
    expect(waiting.map(({ state, attemptCount }) => [state, attemptCount])).toEqual(Array(4).fill(['pending', 0]));
    // For as long as it has been failing: the sweep takes them then.
    expect(waiting.map(({ nextAttemptAtMs, dueMs }) => [nextAttemptAtMs, dueMs])).toEqual(
      Array(4).fill([20 * MINUTE_MS, 20 * MINUTE_MS]),
    );
    answer(answered(200));
    expect(await attempts[0]).toBe('delivered');
    place.nowMs = 20 * MINUTE_MS;
    place.answer = async () => answered(200);
    await sweepDeliveries(place.ports)(Number.POSITIVE_INFINITY);
    await Promise.all(place.queued.map(({ task }) => deliverWebhook(place.ports)(task)));
    expect([...place.deliveries.values()].every(({ state }) => state === 'delivered')).toBe(true);
  });

  it('that faltered a moment ago is called by all', async () => {
    const place = makePlace([aWebhook({ failingSinceMs: 0 })]);
    place.nowMs = 10_000;
    const all = Array.from({ length: 3 }, (_, index) => aDelivery({ deliveryId: `evt_${index}` }, place.nowMs));
    for (const one of all) place.deliveries.set(place.keyOf(one), one);
    expect(await Promise.all(all.map(deliverWebhook(place.ports)))).toEqual(Array(3).fill('delivered'));
  });

  it('that goes on failing is tried again by another when the first one’s time is up', async () => {
    const place = makePlace([aWebhook({ failingSinceMs: 0 })]);
    place.nowMs = HOUR_MS;
    place.answer = async () => answered(500);
    for (const index of [0, 1]) {
      const one = aDelivery({ deliveryId: `evt_${index}` }, place.nowMs);
      place.deliveries.set(place.keyOf(one), one);
      await deliverWebhook(place.ports)(one);
      place.nowMs += PROBE_MS;
    }
    expect(place.sent).toHaveLength(2);
  });

  it('that a person changes meanwhile keeps what they changed', async () => {
    const { place, deliver } = withDelivery();
    place.answer = async () => {
      place.webhooks.set(webhookIdOf(0), aWebhook({ events: ['model.*'], revision: 2 }));
      return answered(410);
    };
    await deliver();
    expect(webhookOf(place)).toMatchObject({ enabled: false, events: ['model.*'], revision: 3 });
  });
});
