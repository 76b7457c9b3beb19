// One message to one webhook: when it is tried again, and what an attempt makes of it and of the webhook. The schedule is
// that of Standard Webhooks: ten attempts within about three days.
import type { Attempt, Delivery, SendOutcome, Webhook } from '../ports.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What is waited after the first attempt, the second, … */
export const retryDelaysMs: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
export const ATTEMPT_LIMIT = retryDelaysMs.length + 1;
/** Up to so much of a delay is added by chance, so that what failed together does not come back together. */
const JITTER_SHARE = 0.1;
const LONGEST_WAIT_MS = DAY_MS;

/** A webhook whose attempts have failed for so long is called by one at a time; a receiver that falters for once is not held back. */
const FALTERING_MS = 30 * SECOND_MS;
/** For so long one attempt is the only one at a failing webhook: longer than any takes. */
export const PROBE_MS = 15 * SECOND_MS;
/** Others are put off for as long as it has been failing, but no longer than that. */
const LONGEST_PUT_OFF_MS = 15 * MINUTE_MS;
/** Up to so much of it is added by chance. */
const PUT_OFF_JITTER_SHARE = 0.5;

/** How long a delivery is kept. */
export const DELIVERY_KEPT_MS = 30 * DAY_MS;
/** From the first failure on, without a success in between. */
export const FAILING_LIMIT_MS = 5 * DAY_MS;
/** Attempts that are told, of all rounds. */
const ATTEMPTS_KEPT = 20;
/** For so long an attempt has the delivery for itself; one attempt takes a fraction of it. */
export const LEASE_MS = 2 * MINUTE_MS;
/** What the queue holds back by itself; later attempts are the sweep's. */
export const QUEUE_DELAY_LIMIT_MS = 15 * MINUTE_MS;
/** So long after its time an attempt that was put on the queue is taken for lost, and put there again. */
export const HANDED_OVER_MS = 5 * MINUTE_MS;

/** A message on its way to a webhook for the first time. */
export const newDelivery = (
  told: Pick<Delivery, 'accountId' | 'webhookId' | 'deliveryId' | 'type' | 'payload'>,
  nowMs: number,
): Delivery => ({
  ...told,
  state: 'pending',
  attemptCount: 0,
  attempts: [],
  reason: undefined,
  nextAttemptAtMs: nowMs,
  dueMs: nowMs + MINUTE_MS,
  expiresAtMs: nowMs + DELIVERY_KEPT_MS,
  revision: 1,
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
});

const next = (delivery: Delivery, nowMs: number, change: Partial<Delivery>): Delivery => ({
  ...delivery,
  ...change,
  revision: delivery.revision + 1,
  updatedAtMs: nowMs,
});

/** From the start, as if it were new; its attempts so far are still told. */
export const replayed = (delivery: Delivery, nowMs: number): Delivery =>
  next(delivery, nowMs, {
    state: 'pending',
    attemptCount: 0,
    reason: undefined,
    nextAttemptAtMs: nowMs,
    dueMs: nowMs + MINUTE_MS,
    expiresAtMs: nowMs + DELIVERY_KEPT_MS,
  });

/** Counted before it is made: an attempt that ends the process must not come again for ever. */
export const claimed = (delivery: Delivery, nowMs: number): Delivery =>
  next(delivery, nowMs, { attemptCount: delivery.attemptCount + 1, dueMs: nowMs + LEASE_MS });

export const isFailing = ({ failingSinceMs }: Pick<Webhook, 'failingSinceMs'>, nowMs: number): boolean =>
  failingSinceMs !== undefined && nowMs - failingSinceMs >= FALTERING_MS;

/**
 * Tried later, by the sweep, and not counted: another attempt is at the webhook, which has been failing.
 * @param random - 0 to 1
 */
export const putOff = (
  delivery: Delivery,
  { failingSinceMs = 0 }: Pick<Webhook, 'failingSinceMs'>,
  { nowMs, random }: { nowMs: number; random: number },
): Delivery => {
  const failingMs = Math.min(LONGEST_PUT_OFF_MS, Math.max(MINUTE_MS, nowMs - failingSinceMs));
  const nextAttemptAtMs = Math.ceil(nowMs + failingMs * (1 + PUT_OFF_JITTER_SHARE * random));
  return next(delivery, nowMs, { nextAttemptAtMs, dueMs: nextAttemptAtMs });
};

/** On the queue once more: the sweep looks after it again when nothing became of that. */
export const handedOver = (delivery: Delivery, nowMs: number): Delivery =>
  next(delivery, nowMs, { dueMs: nowMs + HANDED_OVER_MS });

/** Will not be tried again by itself. */
export const givenUp = (delivery: Delivery, reason: Delivery['reason'], nowMs: number): Delivery =>
  next(delivery, nowMs, { state: 'failed', reason, nextAttemptAtMs: undefined, dueMs: undefined });

export const succeeded = ({ status }: SendOutcome): boolean => status !== undefined && status >= 200 && status < 300;

/** The receiver says that it wants nothing any more (Standard Webhooks, "Responding to webhooks"). */
export const isGone = ({ status }: SendOutcome): boolean => status === 410;

const told = ({ status, error, response, durationMs }: SendOutcome, atMs: number): Attempt => ({
  atMs,
  durationMs,
  status,
  error,
  response,
});

/**
 * @param delivery - as claimed for this attempt
 * @param random - 0 to 1
 */
export const afterAttempt = (
  delivery: Delivery,
  outcome: SendOutcome,
  { startedMs, nowMs, random }: { startedMs: number; nowMs: number; random: number },
): Delivery => {
  const attempts = [...delivery.attempts, told(outcome, startedMs)].slice(-ATTEMPTS_KEPT);
  const tried = { ...delivery, attempts };
  if (succeeded(outcome))
    return next(tried, nowMs, { state: 'delivered', nextAttemptAtMs: undefined, dueMs: undefined });
  if (isGone(outcome)) return givenUp(tried, 'webhook_disabled', nowMs);
  const delayMs = retryDelaysMs[delivery.attemptCount - 1];
  if (delayMs === undefined) return givenUp(tried, 'attempts_used_up', nowMs);
  const waitMs = Math.max(delayMs * (1 + JITTER_SHARE * random), Math.min(outcome.retryAfterMs ?? 0, LONGEST_WAIT_MS));
  const nextAttemptAtMs = Math.ceil(nowMs + waitMs);
  return next(tried, nowMs, {
    nextAttemptAtMs,
    // The queue holds the short ones back; the sweep comes in only where one of those is lost.
    dueMs: nextAttemptAtMs + (queueDelayMs(nextAttemptAtMs, nowMs) === undefined ? 0 : MINUTE_MS),
  });
};

/** @returns undefined when it is for the sweep */
export const queueDelayMs = (nextAttemptAtMs: number, nowMs: number): number | undefined => {
  const delayMs = nextAttemptAtMs - nowMs;
  return delayMs <= QUEUE_DELAY_LIMIT_MS ? Math.max(0, delayMs) : undefined;
};

/** @returns the webhook itself when nothing of it changed */
export const webhookAfter = (webhook: Webhook, outcome: SendOutcome, nowMs: number): Webhook => {
  if (!webhook.enabled) return webhook;
  const changed = (change: Partial<Webhook>): Webhook => ({
    ...webhook,
    ...change,
    revision: webhook.revision + 1,
    updatedAtMs: nowMs,
  });
  if (succeeded(outcome))
    return webhook.failingSinceMs === undefined ? webhook : changed({ failingSinceMs: undefined });
  const disabled = (disabledReason: Webhook['disabledReason']) =>
    changed({ enabled: false, disabledReason, disabledAtMs: nowMs });
  if (isGone(outcome)) return disabled('gone');
  if (webhook.failingSinceMs === undefined) return changed({ failingSinceMs: nowMs });
  return nowMs - webhook.failingSinceMs >= FAILING_LIMIT_MS ? disabled('failing') : webhook;
};
