// Rejected: claim the key, do the effect, mark the key as complete: the shape of idempotency utilities. The effect
// itself is one exact transaction here, ours without the key; what is between the three steps is not.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { idempotencyKey } from '../../../lambdas/billing/adapters/table-keys.ts';
import type { WriteTransport } from '../../../lambdas/billing/adapters/write-transport.ts';
import type { ChargeRecord, ChargeRequest } from '../../../lambdas/billing/contract.ts';
import { DomainError } from '../../../lambdas/shared/kernel/errors.ts';
import type { RejectedAlgorithm, Surroundings } from '../algorithm.ts';
import { ourBilling, ourCharge } from '../our-charge.ts';
import { keyItem } from './naive-steps.ts';

/** A claim that is not completed by then is taken over. */
const CLAIM_MS = 20;

const comeAgain = (why: string) => new DomainError('unavailable', 'unavailable', why);

/** The effect is tried once: a utility takes what failed for not done, and leaves it to whoever asks again. */
const triedOnce = (transport: WriteTransport): WriteTransport => ({
  send: async (operation, body) => {
    const reply = await transport.send(operation, body);
    if (reply.is === 'try_again') throw comeAgain(reply.cause);
    return reply;
  },
});

type Idempotency = NonNullable<ChargeRequest['idempotency']>;

const claimsOf = ({ client, table, clock }: Surroundings, accountId: string, idempotency: Idempotency) => {
  const Key = idempotencyKey(accountId, idempotency.key);
  return {
    /** @returns whether it is only claimed so far */
    isOpen: async () => {
      const { Item } = await client.get({ TableName: table, Key, ConsistentRead: true });
      return Item === undefined || Item.use === 'claim';
    },
    claim: async () => {
      const nowMs = performance.now();
      try {
        await client.put({
          TableName: table,
          Item: { ...Key, use: 'claim', claimedUntil: nowMs + CLAIM_MS },
          ConditionExpression: 'attribute_not_exists(sk) OR (#use = :claim AND claimedUntil < :now)',
          ExpressionAttributeNames: { '#use': 'use' },
          ExpressionAttributeValues: { ':now': nowMs, ':claim': 'claim' },
        });
      } catch (fault) {
        if (!(fault instanceof ConditionalCheckFailedException)) throw fault;
        throw comeAgain('the key is being used this instant');
      }
    },
    complete: (record: ChargeRecord) =>
      client.put({ TableName: table, Item: keyItem(accountId, idempotency, { ...record, atMs: clock() }) }),
    drop: () => client.delete({ TableName: table, Key }),
  };
};

export const claimEffectComplete: RejectedAlgorithm = {
  ...ourCharge,
  name: 'claim the key, effect, complete',
  why: 'a crash before the third step, or an effect whose answer is lost, leaves a key that is charged again',
  caughtBy: 'key-charged-once',
  billing: (at) => {
    const exact = ourBilling({ ...at, transport: triedOnce(at.transport) });
    return {
      ...exact,
      findReplay: async (request) =>
        (await claimsOf(at, request.accountId, request.idempotency).isOpen()) ? undefined : exact.findReplay(request),
      charge: async ({ idempotency, ...request }) => {
        const effect = () => exact.charge({ ...request, idempotency: undefined });
        if (!idempotency) return effect();
        const claims = claimsOf(at, request.accountId, idempotency);
        await claims.claim();
        try {
          const record = await effect();
          await claims.complete(record);
          return record;
        } catch (fault) {
          await claims.drop();
          throw fault;
        }
      },
    };
  },
};
