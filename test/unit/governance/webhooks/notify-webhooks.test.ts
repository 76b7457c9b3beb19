import { describe, expect, it } from 'vitest';
import { consumeMessages } from '../../../../lambdas/governance/routes/consume-messages.ts';
import { type BusEvent, busEvent, notifyWebhooks } from '../../../../lambdas/governance/routes/notify-webhooks.ts';
import { ACCOUNT, aWebhook, eventIdOf, makePlace, webhookIdOf } from './place.ts';

const event = (change: Partial<BusEvent['detail']> = {}, detailType = 'VersionValidated.v1'): BusEvent => ({
  source: 'aimass.registry',
  'detail-type': detailType,
  detail: {
    id: eventIdOf(0),
    at: '2026-11-23T20:46:00Z',
    accountId: ACCOUNT,
    subject: 'acme.iris',
    data: { model: 'acme.iris', version: '1.0.0' },
    ...change,
  },
});

const webhooks = [
  aWebhook({ events: ['version.validated'] }),
  aWebhook({ webhookId: webhookIdOf(1), events: ['model.*'] }),
  aWebhook({ webhookId: webhookIdOf(2), enabled: false }),
  aWebhook({ webhookId: webhookIdOf(3), accountId: 'acc_other' }),
];

describe('an event', () => {
  it('becomes one delivery for each webhook of its account that is enabled and asked for it', async () => {
    const place = makePlace(webhooks);
    expect(await notifyWebhooks(place.ports)(event())).toBe(1);
    expect([...place.deliveries.values()]).toMatchObject([{ webhookId: webhookIdOf(0), deliveryId: eventIdOf(0) }]);
    expect(JSON.parse([...place.deliveries.values()][0]?.payload ?? '')).toEqual({
      type: 'version.validated',
      timestamp: '2026-11-23T20:46:00.000Z',
      data: { accountId: ACCOUNT, subject: 'acme.iris', model: 'acme.iris', version: '1.0.0' },
    });
  });

  it('that comes again makes no other delivery, and does not set back the one that is there', async () => {
    const place = makePlace(webhooks);
    const notify = notifyWebhooks(place.ports);
    await notify(event());
    place.nowMs = 99_000;
    await notify(event());
    expect([...place.deliveries.values()]).toMatchObject([{ createdAtMs: 0, revision: 1 }]);
  });

  it('whose name has no public form is told to nobody', async () => {
    const place = makePlace([aWebhook()]);
    expect(await notifyWebhooks(place.ports)(event({}, 'Tried.v1'))).toBe(0);
    expect(place.deliveries.size).toBe(0);
  });

  it.each([
    ['of another sender', { ...event(), source: 'aws.events' }],
    ['without an id of ours', event({ id: 'evt_1' })],
    ['without a time', event({ at: 'yesterday' })],
  ])('%s is not read', (_what, given) => {
    expect(busEvent.safeParse(given).success).toBe(false);
  });
});

describe('a batch', () => {
  it('has delivered again what failed, and nothing else', async () => {
    const faults: string[] = [];
    const consume = consumeMessages({
      schema: busEvent,
      work: async ({ detail }) => {
        if (detail.subject === 'failing') throw new Error('away');
      },
      onFault: (id) => void faults.push(id),
    });
    const Records = [
      { messageId: 'good', body: JSON.stringify(event()) },
      { messageId: 'failing', body: JSON.stringify(event({ subject: 'failing' })) },
      { messageId: 'unreadable', body: '{' },
    ];
    const { batchItemFailures } = await consume({ Records });
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['failing', 'unreadable']);
    expect(faults.sort()).toEqual(['failing', 'unreadable']);
  });
});
