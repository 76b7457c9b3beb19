// A grant's one transaction, and what its refusals mean.
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { expect, it } from 'vitest';
import { dynamoLedger } from '../../../lambdas/billing/adapters/dynamo-ledger.ts';
import { newId } from '../../../lambdas/shared/platform/new-id.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 20, 46);
const entry = {
  id: newId('txn', NOW_MS),
  type: 'grant' as const,
  accountId: newId('acc', NOW_MS),
  amountMicros: 5n,
  reason: 'welcome',
  grantedBy: 'usr_1',
  createdAtMs: NOW_MS,
};

const canceled = (...codes: string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: 'canceled',
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

/** A ledger whose transactions fail with each fault in turn and then are written. */
const ledgerFailing = (...faults: Error[]) => {
  let tryCount = 0;
  const client = {
    transactWrite: async () => {
      const fault = faults[tryCount++];
      if (fault) throw fault;
      return {};
    },
  };
  return { ledger: dynamoLedger(client as unknown as DynamoDBDocument, 'table'), tries: () => tryCount };
};

it('a grant that met a paid call on the wallet is written all the same', async () => {
  const { ledger, tries } = ledgerFailing(canceled('None', 'TransactionConflict'), canceled('None', 'ThrottlingError'));
  expect(await ledger.grant(entry, undefined)).toEqual(entry);
  expect(tries()).toBe(3);
});

it('a grant that DynamoDB finds invalid is our fault, and is not sent again', async () => {
  const invalid = canceled('None', 'ValidationError');
  const { ledger, tries } = ledgerFailing(invalid);
  await expect(ledger.grant(entry, undefined)).rejects.toBe(invalid);
  expect(tries()).toBe(1);
});

it('a grant that an earlier try wrote is granted', async () => {
  const { ledger } = ledgerFailing(canceled('ConditionalCheckFailed', 'None'));
  expect(await ledger.grant(entry, undefined)).toEqual(entry);
});
