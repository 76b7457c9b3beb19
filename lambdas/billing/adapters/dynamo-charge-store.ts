// One charge as one request: put the event if absent, debit the wallet if funds and if the minute is not sealed,
// remember the idempotency key if new. A free call without a key is a conditional put alone.
//
// The request is written as text, from parts that are made once: every paid answer waits for it.
import * as z from 'zod/mini';
import { microsAttribute } from '../../shared/platform/attributes.ts';
import { type AttributeValue, attributesText, fromAttributes } from '../../shared/platform/signed/attribute-values.ts';
import type { Quota } from '../contract.ts';
import { QUOTA_KEPT_MS } from '../domain/quota-name.ts';
import type { Charge, ChargeOutcome, ChargeStore } from '../ports.ts';
import { keyUseOf } from './key-use.ts';
import { eventKey, idempotencyKey, quotaKey, walletKey } from './table-keys.ts';
import type { Refusal, WriteTransport } from './write-transport.ts';

export const dynamoChargeStore = (table: string, transport: WriteTransport): ChargeStore => {
  const action = createActions(table);
  return {
    commit: async (charge) => {
      const putEvent = action.putEvent(charge);
      const debit = charge.event.amountMicros > 0n ? action.debit(charge) : undefined;
      const count = charge.quota ? action.count(charge, charge.quota) : undefined;
      const remember = charge.idempotency ? action.remember(charge, charge.idempotency) : undefined;
      const reply =
        debit || count || remember
          ? await transport.send(
              'TransactWriteItems',
              transactionText(charge.token, { putEvent, debit, count, remember }),
            )
          : await transport.send('PutItem', putEvent);
      if (reply.is === 'done') return { is: 'committed' };
      if (reply.is === 'try_again') return reply;
      // One refusal an action, in the order in which they were sent.
      let index = 0;
      const next = (action: string | undefined) => (action === undefined ? undefined : reply.refusals[index++]);
      return outcomeOf(charge, {
        event: next(putEvent),
        debit: next(debit),
        count: next(count),
        remember: next(remember),
      });
    },
  };
};

const transactionText = (
  token: string,
  {
    putEvent,
    debit,
    count,
    remember,
  }: Record<'debit' | 'count' | 'remember', string | undefined> & { putEvent: string },
): string => {
  const updates = [debit, count].map((update) => (update ? `,{"Update":${update}}` : '')).join('');
  const more = `${updates}${remember ? `,{"Put":${remember}}` : ''}`;
  return `{"ClientRequestToken":${JSON.stringify(token)},"TransactItems":[{"Put":${putEvent}}${more}]}`;
};

/** An object's members without its braces, to stand behind others. */
const membersOf = (constant: Readonly<Record<string, string>>): string => JSON.stringify(constant).slice(1, -1);

const RETURN_OLD = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };

const PUT_EVENT = membersOf({ ConditionExpression: 'attribute_not_exists(sk)' });

const DEBIT = membersOf({
  UpdateExpression: 'SET avail = avail - :price, updatedAt = :at ADD revision :one',
  ConditionExpression: 'avail >= :price AND (attribute_not_exists(sealedThrough) OR sealedThrough < :minute)',
  ...RETURN_OLD,
});

const COUNT = membersOf({
  UpdateExpression: 'ADD used :one SET expiresAt = :expires',
  ConditionExpression: 'attribute_not_exists(used) OR used < :included',
});

const REMEMBER = membersOf({
  // DynamoDB may take days to drop what has expired.
  ConditionExpression: 'attribute_not_exists(sk) OR expiresAt < :now',
  ...RETURN_OLD,
});

/** The actions of a charge upon one table, each as JSON. */
const createActions = (table: string) => {
  const head = `{${membersOf({ TableName: table })}`;
  return {
    putEvent: ({ event, minute }: Charge): string => {
      const { inferenceId, atMs, ...rest } = event;
      const item = attributesText({
        ...eventKey(event.accountId, minute, inferenceId),
        schema: 1,
        ...rest,
        pocket: 'wallet',
        at: new Date(atMs).toISOString(),
      });
      return `${head},"Item":${item},${PUT_EVENT}}`;
    },
    debit: ({ event, minute }: Charge): string => {
      const values = attributesText({
        ':price': event.amountMicros,
        ':at': new Date(event.atMs).toISOString(),
        ':one': 1,
        ':minute': minute,
      });
      const key = attributesText(walletKey(event.accountId));
      return `${head},"Key":${key},"ExpressionAttributeValues":${values},${DEBIT}}`;
    },
    count: ({ event }: Charge, quota: Quota): string => {
      const values = attributesText({
        ':one': 1,
        ':included': quota.includedCalls,
        ':expires': Math.ceil((quota.periodEndMs + QUOTA_KEPT_MS) / 1000),
      });
      const key = attributesText(quotaKey(event.accountId, quota));
      return `${head},"Key":${key},"ExpressionAttributeValues":${values},${COUNT}}`;
    },
    remember: ({ event, nowMs }: Charge, claim: NonNullable<Charge['idempotency']>): string => {
      const item = attributesText({
        ...idempotencyKey(event.accountId, claim.key),
        schema: 1,
        use: 'call',
        requestSha256: claim.requestSha256,
        inferenceId: event.inferenceId,
        model: event.model,
        version: event.version,
        amountMicros: event.amountMicros,
        replays: 0,
        firstAtMs: nowMs,
        expiresAt: Math.ceil(claim.expiresAtMs / 1000),
      });
      const values = attributesText({ ':now': Math.floor(nowMs / 1000) });
      return `${head},"Item":${item},"ExpressionAttributeValues":${values},${REMEMBER}}`;
    },
  };
};

const oldWallet = z.object({ avail: z._default(microsAttribute, 0n), sealedThrough: z.optional(z.string()) });

/** An item as it came in a refusal. */
const plainItem = (item: unknown): Record<string, unknown> => fromAttributes(item as Record<string, AttributeValue>);
const failed = (refusal: Refusal | undefined): refusal is Refusal => refusal?.code === 'ConditionalCheckFailed';

/** Several conditions may have failed at once: what was recorded before counts more than what cannot be done now. */
const outcomeOf = (
  charge: Charge,
  refusals: Record<'event' | 'debit' | 'count' | 'remember', Refusal | undefined>,
): ChargeOutcome => {
  if (failed(refusals.event)) return { is: 'recorded' };
  if (failed(refusals.remember)) {
    return { is: 'key_used', use: keyUseOf(plainItem(refusals.remember.item)) };
  }
  const transient = Object.values(refusals).find((refusal) => refusal && refusal.code !== 'None' && !failed(refusal));
  if (transient) {
    if (transient.code === 'ValidationError') throw new Error('DynamoDB found a charge invalid');
    return { is: 'try_again', cause: transient.code, mayBeDone: false };
  }
  if (failed(refusals.debit)) {
    const wallet = oldWallet.parse(refusals.debit.item ? plainItem(refusals.debit.item) : {});
    const sealed = wallet.sealedThrough !== undefined && wallet.sealedThrough >= charge.minute;
    if (sealed) return { is: 'sealed' };
    // Beyond the quota it costs more: the funds are looked at then.
    if (!failed(refusals.count)) return { is: 'no_funds', availMicros: wallet.avail };
  }
  if (failed(refusals.count)) return { is: 'quota_used' };
  return { is: 'try_again', cause: 'cancelled without a reason', mayBeDone: false };
};
