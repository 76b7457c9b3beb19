// One charge as one request: put the event if absent, debit the wallet if funds and if the minute is not sealed,
// remember the idempotency key if new. A free call without a key is a conditional put alone.
import { z } from 'zod';
import type { Charge, ChargeOutcome, ChargeStore } from '../ports.ts';
import { fromAttributes, toAttributes } from './attribute-values.ts';
import { keyUseOf } from './key-use.ts';
import { eventKey, idempotencyKey, walletKey } from './table-keys.ts';
import type { Refusal, WriteTransport } from './write-transport.ts';

const RETURN_OLD = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };

export const dynamoChargeStore = (table: string, transport: WriteTransport): ChargeStore => ({
  commit: async (charge) => {
    const putEvent = eventAction(table, charge);
    const debit = charge.event.amountMicros > 0n ? debitAction(table, charge) : undefined;
    const remember = charge.idempotency ? rememberAction(table, charge, charge.idempotency) : undefined;
    const reply =
      debit || remember
        ? await transport.send('TransactWriteItems', {
            ClientRequestToken: charge.token,
            TransactItems: [
              { Put: putEvent },
              ...(debit ? [{ Update: debit }] : []),
              ...(remember ? [{ Put: remember }] : []),
            ],
          })
        : await transport.send('PutItem', putEvent);
    if (reply.is === 'done') return { is: 'committed' };
    if (reply.is === 'try_again') return reply;
    return outcomeOf(charge, {
      event: reply.refusals[0],
      debit: debit && reply.refusals[1],
      remember: remember && reply.refusals[debit ? 2 : 1],
    });
  },
});

const eventAction = (table: string, { event, minute }: Charge) => {
  const { inferenceId, legs, price, atMs, ...rest } = event;
  return {
    TableName: table,
    Item: toAttributes({
      ...eventKey(event.accountId, minute, inferenceId),
      schema: 1,
      ...rest,
      price: { ...price },
      legs: { ...legs },
      pocket: 'wallet',
      at: new Date(atMs).toISOString(),
    }),
    ConditionExpression: 'attribute_not_exists(sk)',
  };
};

const debitAction = (table: string, { event, minute }: Charge) => ({
  TableName: table,
  Key: toAttributes(walletKey(event.accountId)),
  UpdateExpression: 'SET avail = avail - :price, updatedAt = :at ADD revision :one',
  ConditionExpression: 'avail >= :price AND (attribute_not_exists(sealedThrough) OR sealedThrough < :minute)',
  ExpressionAttributeValues: toAttributes({
    ':price': event.amountMicros,
    ':at': new Date(event.atMs).toISOString(),
    ':one': 1,
    ':minute': minute,
  }),
  ...RETURN_OLD,
});

const rememberAction = (table: string, { event, nowMs }: Charge, claim: NonNullable<Charge['idempotency']>) => ({
  TableName: table,
  Item: toAttributes({
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
  }),
  // DynamoDB may take days to drop what has expired.
  ConditionExpression: 'attribute_not_exists(sk) OR expiresAt < :now',
  ExpressionAttributeValues: toAttributes({ ':now': Math.floor(nowMs / 1000) }),
  ...RETURN_OLD,
});

const oldWallet = z.object({ avail: z.bigint().default(0n), sealedThrough: z.string().optional() });

const failed = (refusal: Refusal | undefined): refusal is Refusal => refusal?.code === 'ConditionalCheckFailed';

/** Several conditions may have failed at once: what was recorded before counts more than what cannot be done now. */
const outcomeOf = (
  charge: Charge,
  refusals: { event: Refusal | undefined; debit: Refusal | undefined; remember: Refusal | undefined },
): ChargeOutcome => {
  if (failed(refusals.event)) return { is: 'recorded' };
  if (failed(refusals.remember)) {
    return { is: 'key_used', use: keyUseOf(fromAttributes(refusals.remember.item)) };
  }
  const transient = Object.values(refusals).find((refusal) => refusal && refusal.code !== 'None' && !failed(refusal));
  if (transient) {
    if (transient.code === 'ValidationError') throw new Error('DynamoDB found a charge invalid');
    return { is: 'try_again', cause: transient.code };
  }
  if (failed(refusals.debit)) {
    const wallet = oldWallet.parse(refusals.debit.item ? fromAttributes(refusals.debit.item) : {});
    const sealed = wallet.sealedThrough !== undefined && wallet.sealedThrough >= charge.minute;
    return sealed ? { is: 'sealed' } : { is: 'no_funds', availMicros: wallet.avail };
  }
  return { is: 'try_again', cause: 'cancelled without a reason' };
};
