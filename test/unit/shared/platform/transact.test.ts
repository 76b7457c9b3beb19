import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { expect, it } from 'vitest';
import { transact } from '../../../../lambdas/shared/platform/transact.ts';

const canceled = (...codes: string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: 'canceled',
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

/** A client that fails with each fault in turn and then succeeds. */
const failing = (...faults: Error[]) => {
  const calls: unknown[] = [];
  const client = {
    transactWrite: async (input: unknown) => {
      calls.push(input);
      const fault = faults[calls.length - 1];
      if (fault) throw fault;
      return {};
    },
  };
  return { client: client as unknown as DynamoDBDocument, calls };
};

it('tries again what others’ transactions or throttling stood in the way of', async () => {
  const { client, calls } = failing(canceled('TransactionConflict', 'None'), canceled('None', 'ThrottlingError'));
  expect(await transact(client, [])).toBeUndefined();
  expect(calls).toHaveLength(3);
});

it('tells which condition refused, at once', async () => {
  const { client, calls } = failing(canceled('None', 'ConditionalCheckFailed'));
  expect(await transact(client, [])).toBe(1);
  expect(calls).toHaveLength(1);
});

it('gives up after eight tries with 503 and a time to wait', async () => {
  const { client, calls } = failing(...Array.from({ length: 20 }, () => canceled('TransactionConflict')));
  await expect(transact(client, [])).rejects.toMatchObject({
    code: 'unavailable',
    extras: { headers: { 'retry-after': '1' } },
  });
  expect(calls).toHaveLength(8);
});

it('lets every other failure through', async () => {
  const invalid = canceled('ValidationError');
  await expect(transact(failing(invalid).client, [])).rejects.toBe(invalid);
  const lost = new Error('socket hang up');
  await expect(transact(failing(lost).client, [])).rejects.toBe(lost);
});
