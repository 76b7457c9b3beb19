// What the rejected charges share: everything of ours but the charge itself, and the steps that they take one by one.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { eventKey, idempotencyKey, walletKey } from '../../../lambdas/billing/adapters/table-keys.ts';
import type { Billing, ChargeRecord } from '../../../lambdas/billing/contract.ts';
import { noFunds } from '../../../lambdas/billing/domain/charge-call.ts';
import { DEFAULT_TERMS } from '../../../lambdas/billing/domain/price-book.ts';
import { KEY_MEMORY_MS } from '../../../lambdas/billing/domain/replay.ts';
import { type UsageEvent, usageEvent } from '../../../lambdas/billing/domain/usage-event.ts';
import { minuteOf } from '../../../lambdas/billing/domain/usage-key.ts';
import { microsAttribute } from '../../../lambdas/shared/platform/attributes.ts';
import type { Surroundings } from '../algorithm.ts';
import { ourBilling } from '../our-charge.ts';

/**
 * A key is remembered as an afterthought.
 * @param take - takes the money and records the event, in whatever way is wrong
 */
export const naiveBilling = (at: Surroundings, take: (event: UsageEvent) => Promise<ChargeRecord>): Billing => ({
  ...ourBilling(at),
  charge: async (request) => {
    const { inferenceId, idempotency } = request;
    const record = await take(usageEvent(request, { inferenceId, terms: DEFAULT_TERMS, atMs: at.clock() }));
    if (idempotency) await putOnce(at, keyItem(request.accountId, idempotency, { ...record, atMs: at.clock() }));
    return record;
  },
});

/** What the product remembers under a key. */
export const keyItem = (
  accountId: string,
  { key, requestSha256 }: { readonly key: string; readonly requestSha256: string },
  { replayed: _replayed, atMs, ...record }: ChargeRecord & { readonly atMs: number },
) => ({
  ...idempotencyKey(accountId, key),
  schema: 1,
  use: 'call',
  requestSha256,
  ...record,
  replays: 0,
  firstAtMs: atMs,
  expiresAt: Math.ceil((atMs + KEY_MEMORY_MS) / 1000),
});

export const readAvail = async ({ client, table }: Surroundings, accountId: string): Promise<bigint> => {
  const { Item } = await client.get({ TableName: table, Key: walletKey(accountId), ConsistentRead: true });
  return microsAttribute.parse(Item?.avail ?? 0);
};

/** @throws DomainError insufficient_funds */
export const refuseBelow = (amountMicros: bigint, avail: bigint): void => {
  if (avail < amountMicros) throw noFunds(amountMicros, avail);
};

export const putEvent = (at: Surroundings, event: UsageEvent): Promise<void> => {
  const { inferenceId, atMs: _at, ...rest } = event;
  return putOnce(at, { ...eventKey(event.accountId, minuteOf(inferenceId), inferenceId), ...rest });
};

/** An earlier try that put it counts. */
const putOnce = async ({ client, table }: Surroundings, item: Record<string, unknown>): Promise<void> => {
  try {
    await client.put({ TableName: table, Item: item, ConditionExpression: 'attribute_not_exists(sk)' });
  } catch (fault) {
    if (!(fault instanceof ConditionalCheckFailedException)) throw fault;
  }
};

export const recordOf = (event: UsageEvent): ChargeRecord => ({
  inferenceId: event.inferenceId,
  model: event.model,
  version: event.version,
  amountMicros: event.amountMicros,
  replayed: false,
});
