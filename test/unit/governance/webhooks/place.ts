// Webhooks in memory: stores that keep what is written as a table would, a queue, a receiver, and a clock that is moved.
import { newDelivery, PROBE_MS } from '../../../../lambdas/governance/domain/delivery.ts';
import type {
  Delivery,
  DeliveryStore,
  DeliveryTask,
  SendOutcome,
  Webhook,
  WebhookStore,
} from '../../../../lambdas/governance/ports.ts';
import type { DeliverPorts } from '../../../../lambdas/governance/routes/deliver-webhook.ts';

export const ACCOUNT = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
export const webhookIdOf = (index: number) => `whk_01JDA8Z5V4W1T4E5R6T7Y8V9P${index}`;
export const eventIdOf = (index: number) => `evt_01JDA8Z5V4W1T4E5R6T7Y8V9P${index}` as const;

export const aWebhook = (change: Partial<Webhook> = {}): Webhook => ({
  webhookId: webhookIdOf(0),
  accountId: ACCOUNT,
  url: 'https://example.com/hook',
  description: undefined,
  events: ['*'],
  enabled: true,
  disabledReason: undefined,
  disabledAtMs: undefined,
  failingSinceMs: undefined,
  secrets: [{ ciphertext: 'sealed', createdAtMs: 0, expiresAtMs: undefined }],
  createdBy: 'usr_1',
  revision: 1,
  createdAtMs: 0,
  updatedAtMs: 0,
  ...change,
});

export const aDelivery = (change: Partial<Delivery> = {}, nowMs = 0): Delivery => ({
  ...newDelivery(
    {
      accountId: ACCOUNT,
      webhookId: webhookIdOf(0),
      deliveryId: eventIdOf(0),
      type: 'version.validated',
      payload: '{}',
    },
    nowMs,
  ),
  ...change,
});

export const answered = (status: number | undefined, change: Partial<SendOutcome> = {}): SendOutcome => ({
  status,
  error: undefined,
  response: undefined,
  retryAfterMs: undefined,
  durationMs: 1,
  ...change,
});

/** One write over the revision before it, as the conditions of the table have it. */
const changeIn =
  <T extends { readonly revision: number }>(items: Map<string, T>, keyOf: (item: T) => string) =>
  async (item: T) => {
    if (items.get(keyOf(item))?.revision !== item.revision - 1) return false;
    items.set(keyOf(item), item);
    return true;
  };

export const makePlace = (webhooks: readonly Webhook[] = [aWebhook()]) => {
  const place = {
    nowMs: 0,
    webhooks: new Map(webhooks.map((one) => [one.webhookId, one])),
    deliveries: new Map<string, Delivery>(),
    /** Until when one attempt alone is made, by webhook. */
    probes: new Map<string, number>(),
    queued: [] as { task: DeliveryTask; atMs: number }[],
    sent: [] as { url: string; headers: Readonly<Record<string, string>>; body: string }[],
    attempts: [] as { delivery: Delivery; outcome: SendOutcome }[],
    answer: async (): Promise<SendOutcome> => answered(200),
  };
  const keyOf = ({ webhookId, deliveryId }: Pick<Delivery, 'webhookId' | 'deliveryId'>) => `${webhookId} ${deliveryId}`;
  const webhookStore: Pick<WebhookStore, 'find' | 'all' | 'change'> = {
    find: async (accountId, webhookId) => {
      const found = place.webhooks.get(webhookId);
      return found?.accountId === accountId ? found : undefined;
    },
    all: async (accountId) => [...place.webhooks.values()].filter((one) => one.accountId === accountId),
    change: changeIn(place.webhooks, ({ webhookId }) => webhookId),
  };
  const deliveryStore: Pick<DeliveryStore, 'create' | 'find' | 'change' | 'due'> = {
    create: async (delivery) => {
      if (place.deliveries.has(keyOf(delivery))) return false;
      place.deliveries.set(keyOf(delivery), delivery);
      return true;
    },
    find: async (webhookId, deliveryId) => place.deliveries.get(keyOf({ webhookId, deliveryId })),
    change: changeIn(place.deliveries, keyOf),
    due: async function* (nowMs) {
      yield [...place.deliveries.values()].filter(({ dueMs }) => dueMs !== undefined && dueMs <= nowMs);
    },
  };
  const ports: DeliverPorts & { webhooks: typeof webhookStore; deliveries: typeof deliveryStore } = {
    webhooks: webhookStore,
    deliveries: deliveryStore,
    probes: {
      take: async (webhookId, nowMs) => {
        if ((place.probes.get(webhookId) ?? 0) > nowMs) return false;
        place.probes.set(webhookId, nowMs + PROBE_MS);
        return true;
      },
    },
    queue: {
      put: async (tasks, delayMs = 0) => {
        place.queued.push(...tasks.map((task) => ({ task, atMs: place.nowMs + delayMs })));
      },
    },
    secrets: { open: async (ciphertext) => `opened ${ciphertext}` },
    sender: {
      send: async (message) => {
        place.sent.push(message);
        return place.answer();
      },
    },
    sign: ({ id, secrets }) => ({ 'webhook-id': id, 'webhook-signature': secrets.join(' ') }),
    clock: () => place.nowMs,
    random: () => 0,
    onAttempt: (delivery, outcome) => void place.attempts.push({ delivery, outcome }),
  };
  return Object.assign(place, { ports, keyOf });
};
export type Place = ReturnType<typeof makePlace>;
