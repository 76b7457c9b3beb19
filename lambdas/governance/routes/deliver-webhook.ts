// One attempt: whoever can move the delivery on from the task's revision makes it, everybody else leaves it alone. Nothing is
// called delivered but what was answered 2xx, and what nobody came back from is due again when its lease ends.
import {
  ATTEMPT_LIMIT,
  afterAttempt,
  claimed,
  givenUp,
  isFailing,
  putOff,
  queueDelayMs,
  webhookAfter,
} from '../domain/delivery.ts';
import { inForce } from '../domain/webhook-secrets.ts';
import type {
  Delivery,
  DeliveryQueue,
  DeliveryStore,
  DeliveryTask,
  SecretOpener,
  SendOutcome,
  Webhook,
  WebhookProbes,
  WebhookSender,
  WebhookStore,
} from '../ports.ts';
import { changeWebhook } from './change-webhook.ts';

export interface DeliverPorts {
  readonly webhooks: Pick<WebhookStore, 'find' | 'change'>;
  readonly deliveries: Pick<DeliveryStore, 'find' | 'change'>;
  readonly probes: WebhookProbes;
  readonly queue: DeliveryQueue;
  readonly secrets: SecretOpener;
  readonly sender: WebhookSender;
  readonly sign: (message: {
    readonly id: string;
    readonly body: string;
    readonly secrets: readonly string[];
    readonly nowMs: number;
  }) => Readonly<Record<string, string>>;
  readonly clock: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** Told of each attempt, once it is over. */
  readonly onAttempt: (delivery: Delivery, outcome: SendOutcome) => void;
}

/** @returns what became of it; undefined when the task is past */
export const deliverWebhook =
  (ports: DeliverPorts) =>
  async (task: DeliveryTask): Promise<Delivery['state'] | undefined> => {
    const { webhooks, deliveries, probes, clock, random } = ports;
    const found = await deliveries.find(task.webhookId, task.deliveryId);
    if (found?.state !== 'pending' || found.revision !== task.revision) return undefined;
    const settle = async (settled: Delivery) => ((await deliveries.change(settled)) ? settled.state : undefined);
    const webhook = await webhooks.find(task.accountId, task.webhookId);
    if (!webhook) return settle(givenUp(found, 'webhook_removed', clock()));
    if (!webhook.enabled) return settle(givenUp(found, 'webhook_disabled', clock()));
    // Only attempts that ended their process lead here: each is counted before it is made.
    if (found.attemptCount >= ATTEMPT_LIMIT) return settle(givenUp(found, 'attempts_used_up', clock()));
    // A receiver that hangs would hold everybody's attempts.
    if (isFailing(webhook, clock()) && !(await probes.take(webhook.webhookId, clock())))
      return settle(putOff(found, webhook, { nowMs: clock(), random: random() }));
    // What may fail on our side comes before the claim: the queue hands the task out again.
    const secrets = await openSecrets(ports, webhook);
    const delivery = claimed(found, clock());
    if (!(await deliveries.change(delivery))) return undefined;
    return attempt(ports, { webhook, delivery, secrets });
  };

const openSecrets = ({ secrets, clock }: DeliverPorts, webhook: Webhook): Promise<string[]> =>
  Promise.all(inForce(webhook, clock()).map(({ ciphertext }) => secrets.open(ciphertext, webhook)));

const attempt = async (
  ports: DeliverPorts,
  { webhook, delivery, secrets }: { webhook: Webhook; delivery: Delivery; secrets: readonly string[] },
) => {
  const { deliveries, queue, sender, sign, clock, random } = ports;
  const startedMs = clock();
  const { deliveryId: id, payload: body } = delivery;
  const outcome = await sender.send({
    url: webhook.url,
    headers: sign({ id, body, secrets, nowMs: startedMs }),
    body,
  });
  const nowMs = clock();
  const settled = afterAttempt(delivery, outcome, { startedMs, nowMs, random: random() });
  ports.onAttempt(settled, outcome);
  // The webhook first: were the delivery settled and the process to end then, a receiver that is gone would be called again.
  if (webhookAfter(webhook, outcome, nowMs) !== webhook)
    await changeWebhook(ports.webhooks, webhook, (now) => webhookAfter(now, outcome, nowMs));
  if (!(await deliveries.change(settled))) return undefined;
  const delayMs = settled.nextAttemptAtMs === undefined ? undefined : queueDelayMs(settled.nextAttemptAtMs, nowMs);
  if (delayMs !== undefined) await queue.put([settled], delayMs);
  return settled.state;
};
