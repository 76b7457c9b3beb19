import { describe, expect, it } from 'vitest';
import type { Webhook, WebhookStore } from '../../../../lambdas/governance/ports.ts';
import { createWebhook } from '../../../../lambdas/governance/routes/create-webhook.ts';
import { replayDelivery } from '../../../../lambdas/governance/routes/replay-delivery.ts';
import { rotateWebhookSecret } from '../../../../lambdas/governance/routes/rotate-webhook-secret.ts';
import { updateWebhook } from '../../../../lambdas/governance/routes/update-webhook.ts';
import { ACCOUNT, aDelivery, aWebhook, makePlace, webhookIdOf } from './place.ts';

const caller = { accountId: ACCOUNT, userId: 'usr_1' };
const stranger = { accountId: 'acc_other', userId: 'usr_2' };
const params = { webhook: webhookIdOf(0) };
const secrets = { seal: async (secret: string, owner: object) => `sealed ${secret.length} ${JSON.stringify(owner)}` };

/** Of what the use cases read of a request. */
const request = (given: object) => ({ caller, params, headers: {}, query: {}, nowMs: 1000, ...given }) as never;

describe('making a webhook', () => {
  const making = (outcome: Awaited<ReturnType<WebhookStore['create']>> = { outcome: 'created' }) => {
    const made: Webhook[] = [];
    const webhooks = {
      create: async ({ webhook }: { webhook: Webhook }) => {
        made.push(webhook);
        return outcome;
      },
      find: async () => aWebhook(),
    };
    const run = (body: object) =>
      createWebhook({ webhooks, secrets, privateHosts: [] })(request({ body: { events: ['*'], ...body } }));
    return { made, run };
  };

  it('tells the secret once and keeps it sealed, bound to account and webhook', async () => {
    const { made, run } = making();
    const { body } = (await run({ url: 'https://example.com/' })) as { body: { id: string; secret: string } };
    expect(Buffer.from(body.secret.replace('whsec_', ''), 'base64')).toHaveLength(32);
    expect(JSON.stringify(made)).not.toContain(body.secret.replace('whsec_', ''));
    const owner = { accountId: ACCOUNT, webhookId: body.id };
    expect(made[0]?.secrets[0]?.ciphertext).toBe(`sealed ${body.secret.length} ${JSON.stringify(owner)}`);
  });

  it('answers a repeat without a secret', async () => {
    const { run } = making({ outcome: 'replay', webhookId: webhookIdOf(0) });
    expect(await run({ url: 'https://example.com/' })).toMatchObject({
      status: 201,
      body: { id: webhookIdOf(0), secret: null },
      headers: { 'idempotency-replayed': 'true' },
    });
  });

  it.each([
    ['limit', 'webhook_limit_reached'],
    ['claim_reused', 'idempotency_key_reused'],
  ] as const)('is refused by the %s', async (outcome, code) => {
    await expect(making({ outcome }).run({ url: 'https://example.com/' })).rejects.toMatchObject({ code });
  });

  it('is refused, and makes nothing, where the URL leads inside', async () => {
    const { made, run } = making();
    await expect(run({ url: 'https://192.168.0.1/' })).rejects.toMatchObject({ code: 'validation_failed' });
    expect(made).toEqual([]);
  });
});

describe('changing a webhook', () => {
  const changing = (webhook = aWebhook()) => {
    const place = makePlace([webhook]);
    const run = (given: object) => updateWebhook({ webhooks: place.ports.webhooks, privateHosts: [] })(request(given));
    return { run, now: () => place.webhooks.get(webhookIdOf(0)) };
  };

  it('forgets why it was disabled when it is enabled again', async () => {
    const disabled = { enabled: false, disabledReason: 'failing', disabledAtMs: 1, failingSinceMs: 1 } as const;
    const { run, now } = changing(aWebhook(disabled));
    await run({ body: { enabled: true } });
    expect(now()).toMatchObject({
      enabled: true,
      disabledReason: undefined,
      disabledAtMs: undefined,
      failingSinceMs: undefined,
    });
  });

  it('by hand has no reason', async () => {
    const { run, now } = changing();
    await run({ body: { enabled: false } });
    expect(now()).toMatchObject({ enabled: false, disabledReason: undefined, disabledAtMs: 1000 });
  });

  it.each([[{}], [{ enabled: true }]])('by %j changes nothing', async (body) => {
    const { run, now } = changing();
    await run({ body });
    expect(now()).toEqual(aWebhook());
  });

  it('takes a description away by null', async () => {
    const { run, now } = changing(aWebhook({ description: 'x' }));
    await run({ body: { description: null } });
    expect(now()?.description).toBeUndefined();
  });

  it('is refused under another’s revision, to strangers, and for a URL that leads inside; nothing changes', async () => {
    const { run, now } = changing();
    const late = run({ body: { enabled: false }, headers: { 'if-match': '"7"' } });
    await expect(late).rejects.toMatchObject({ code: 'precondition_failed' });
    const foreign = run({ body: { enabled: false }, caller: stranger });
    await expect(foreign).rejects.toMatchObject({ code: 'webhook_not_found' });
    await expect(run({ body: { url: 'https://[::1]/' } })).rejects.toMatchObject({ code: 'validation_failed' });
    expect(now()).toEqual(aWebhook());
  });
});

describe('a new secret', () => {
  const rotating = (webhook = aWebhook()) => {
    const place = makePlace([webhook]);
    const rotate = (nowMs: number, graceSeconds = 86_400) =>
      rotateWebhookSecret({ webhooks: place.ports.webhooks, secrets })(request({ nowMs, body: { graceSeconds } }));
    const ends = () => place.webhooks.get(webhookIdOf(0))?.secrets.map(({ expiresAtMs }) => expiresAtMs);
    return { rotate, ends };
  };

  it('leaves the old one in force for a day', async () => {
    const { rotate, ends } = rotating();
    await rotate(1000);
    expect(ends()).toEqual([undefined, 86_401_000]);
  });

  it('never lengthens what an old one has left, and drops those that ended', async () => {
    const { rotate, ends } = rotating();
    await rotate(0);
    await rotate(3_600_000);
    expect(ends()).toEqual([undefined, 90_000_000, 86_400_000]);
    await rotate(86_400_000);
    expect(ends()).toEqual([undefined, 172_800_000, 90_000_000]);
  });

  it('ends the old ones at once where that is asked for', async () => {
    const { rotate, ends } = rotating();
    await rotate(0);
    await rotate(1, 0);
    expect(ends()).toEqual([undefined]);
  });

  it('is one of three in force at most', async () => {
    const { rotate, ends } = rotating();
    for (const nowMs of [1, 2, 3, 4]) await rotate(nowMs);
    expect(ends()).toHaveLength(3);
  });
});

describe('a replay', () => {
  const replaying = (webhook = aWebhook()) => {
    const place = makePlace([webhook]);
    const attempts = [{ atMs: 0, durationMs: 1, status: 500, error: undefined, response: undefined }];
    const failed = aDelivery({
      state: 'failed',
      reason: 'attempts_used_up',
      attemptCount: 10,
      attempts,
      dueMs: undefined,
    });
    place.deliveries.set(place.keyOf(failed), failed);
    const replay = (given: object = {}) =>
      replayDelivery(place.ports)(request({ params: { ...params, delivery: failed.deliveryId }, ...given }));
    return { place, replay, now: () => place.deliveries.get(place.keyOf(failed)) };
  };

  it('begins the schedule anew, with the same id and body, and remembers what was tried', async () => {
    const { place, replay, now } = replaying();
    expect(await replay()).toMatchObject({ status: 202, body: { state: 'pending', attemptCount: 0, reason: null } });
    expect(now()).toMatchObject({ state: 'pending', attemptCount: 0, attempts: [{ status: 500 }], payload: '{}' });
    expect(place.queued.map(({ task }) => task.revision)).toEqual([now()?.revision]);
  });

  it('is refused while the webhook is disabled, and to strangers', async () => {
    const { replay, now } = replaying(aWebhook({ enabled: false }));
    await expect(replay()).rejects.toMatchObject({ code: 'webhook_disabled' });
    await expect(replay({ caller: stranger })).rejects.toMatchObject({ code: 'webhook_not_found' });
    expect(now()?.state).toBe('failed');
  });
});
