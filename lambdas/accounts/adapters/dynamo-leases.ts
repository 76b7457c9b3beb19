// Limits in DynamoDB: one item a subject, one conditional update a lease. `tat` is moved forwards by adding, or set from
// now where it lies in the past, so that leases of many environments do not have to see each other. Only where the limit
// is another than the one that the item was counted by is it set from what was seen.
import { isNamed, refusedItem, type TableClient } from '../../shared/platform/table-client.ts';
import { carriedOver, intervalUs, policyOf, takeCalls } from '../domain/gcra.ts';
import type { LeaseRequest, LeaseStore } from '../ports.ts';
import { leaseItem, leaseKey } from './items.ts';

/** A refusal tells where the item stands, so a second try is wrong only if others moved it meanwhile. */
const MAX_TRIES = 6;

/** An item that is not looked at any more goes by itself, an hour after it has come to mean nothing. */
const KEPT_SECONDS = 3_600;

type Update = Parameters<TableClient['update']>[0];

/** An item as it was found. */
interface Stood {
  readonly tatUs: number;
  /** By which it was counted. */
  readonly policy: string | undefined;
}

export const dynamoLeases = (client: TableClient, table: string): LeaseStore => ({
  take: async (request) => {
    const nowUs = request.nowMs * 1000;
    const policy = policyOf(request.limit);
    let stood: Stood | undefined = request.seenTatUs === undefined ? undefined : { tatUs: request.seenTatUs, policy };
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const seen = stood && carriedOver(stood, nowUs, request.limit);
      const { granted, tatUs } = takeCalls(seen, nowUs, request, request.limit);
      const replaced = stood && stood.policy !== policy && stood.tatUs > nowUs ? stood : undefined;
      // What was seen long ago proves nothing; what the store said just now does. Under another limit even nothing is
      // written down: from then on time alone makes room.
      if (granted === 0 && attempt > 0 && !replaced) return { granted, tatUs };
      const told = replaced ? granted : Math.max(1, granted);
      const update = replaced
        ? replacementOf(table, request, { tatUs, replaced })
        : updateOf(table, request, { granted: told, seen: granted === 0 ? undefined : seen });
      try {
        const answer = await client.update(update);
        return { granted: told, tatUs: leaseItem.parse(answer.Attributes).tatUs };
      } catch (fault) {
        if (!isNamed(fault, 'ConditionalCheckFailedException')) throw fault;
        const item = refusedItem(fault);
        stood = item?.tatUs?.N === undefined ? undefined : { tatUs: Number(item.tatUs.N), policy: item.policy?.S };
      }
    }
    // Others were faster each time, which happens where little room is left: there is none for this one.
    return { granted: request.owed, tatUs: stood ? carriedOver(stood, nowUs, request.limit) : nowUs };
  },
});

/** What every update of a lease has. */
const commonOf = (table: string, { subject, limit, nowMs }: LeaseRequest) => ({
  update: {
    TableName: table,
    Key: leaseKey(subject),
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ExpressionAttributeNames: { '#schema': 'schema', '#policy': 'policy' },
  } as const,
  values: {
    ':one': 1,
    ':expires': Math.ceil(nowMs / 1000) + 2 * limit.windowSeconds + KEPT_SECONDS,
    ':policy': policyOf(limit),
  },
});

/** The update that counts by another limit from now on, if nobody moved the item meanwhile. */
const replacementOf = (
  table: string,
  request: LeaseRequest,
  { tatUs, replaced }: { readonly tatUs: number; readonly replaced: Stood },
): Update => {
  const { update, values } = commonOf(table, request);
  return {
    ...update,
    UpdateExpression: 'SET tatUs = :tat, expiresAt = :expires, #schema = :one, #policy = :policy',
    ConditionExpression: 'tatUs = :stood',
    ExpressionAttributeValues: { ...values, ':tat': tatUs, ':stood': replaced.tatUs },
  };
};

/** The update that is right if the item stands where it was seen, and refused if that would be one call too many. */
const updateOf = (
  table: string,
  request: LeaseRequest,
  { granted, seen }: { readonly granted: number; readonly seen: number | undefined },
): Update => {
  const { limit, owed } = request;
  const nowUs = request.nowMs * 1000;
  const takenUs = granted * intervalUs(limit);
  const common = commonOf(table, request);
  const values = { ...common.values, ':now': nowUs };
  if (seen === undefined || seen <= nowUs) {
    return {
      ...common.update,
      UpdateExpression: 'SET tatUs = :tat, expiresAt = :expires, #schema = :one, #policy = :policy',
      ConditionExpression: 'attribute_not_exists(pk) OR tatUs <= :now',
      ExpressionAttributeValues: { ...values, ':tat': nowUs + takenUs },
    };
  }
  const lastUs = nowUs + limit.calls * intervalUs(limit) - takenUs;
  // Only a call that was made already is counted where there is no room for it.
  const unbounded = granted === owed && seen > lastUs;
  return {
    ...common.update,
    UpdateExpression: 'SET tatUs = tatUs + :taken, expiresAt = :expires, #schema = :one',
    ConditionExpression: `#policy = :policy AND ${unbounded ? 'tatUs >= :now' : 'tatUs BETWEEN :now AND :last'}`,
    ExpressionAttributeValues: { ...values, ':taken': takenUs, ...(unbounded ? {} : { ':last': lastUs }) },
  };
};
