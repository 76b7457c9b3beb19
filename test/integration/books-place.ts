// A billing table and an archive bucket of their own, and the passing of time: what is charged, sealed, archived and
// audited at a given moment.
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { ulid } from 'ulidx';
import { books } from '../../lambdas/billing/adapters/books.ts';
import { dynamoMonths } from '../../lambdas/billing/adapters/dynamo-months.ts';
import type { ChargeRequest } from '../../lambdas/billing/contract.ts';
import { archiveDue } from '../../lambdas/billing/domain/archive-events.ts';
import { type AuditReport, auditTable } from '../../lambdas/billing/domain/audit/audit-table.ts';
import { sealDueMonths } from '../../lambdas/billing/domain/seal-months.ts';
import { chargeRequest } from '../unit/billing/charge-request.ts';
import { type Place, startPlace, TABLE } from './billing-place.ts';

export const ARCHIVE_BUCKET = 'aimass-test-archive';
const FOREVER = { deadlineMs: Number.POSITIVE_INFINITY, clock: () => 0 };

type Item = Record<string, unknown>;

export const startBooks = async () => {
  const place: Place = await startPlace();
  const s3 = new S3Client({
    endpoint: place.emulator.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
  });
  await s3.send(new CreateBucketCommand({ Bucket: ARCHIVE_BUCKET }));
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: ARCHIVE_BUCKET, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const { client } = place;
  const stores = {
    ...place.stores,
    ...books({ client, table: TABLE, s3, archiveBucket: ARCHIVE_BUCKET }),
    months: dynamoMonths(client, TABLE),
    sleep: async () => {},
  };
  const scan = async (accountId: string): Promise<Item[]> => {
    const { Items = [] } = await client.scan({
      TableName: TABLE,
      ConsistentRead: true,
      FilterExpression: 'begins_with(pk, :account)',
      ExpressionAttributeValues: { ':account': accountId },
    });
    return Items;
  };
  return {
    ...place,
    place,
    s3,
    stores,
    grantAt: (accountId: string, ms: number, amountMicros: bigint) =>
      stores.ledger.grant(
        {
          // The platform's own maker of ids never goes back in time.
          id: `txn_${ulid(ms)}`,
          type: 'grant',
          accountId,
          amountMicros,
          reason: 'test',
          grantedBy: 'usr_test',
          createdAtMs: ms,
        },
        undefined,
      ),
    chargeAt: (accountId: string, ms: number, changes: Partial<ChargeRequest> = {}) =>
      place.billing(() => ms).charge(chargeRequest(ms, { accountId, ...changes })),
    /** A call where the price book names a compute fee; one that is answered, or one that took too long. */
    chargeRatedAt: async (accountId: string, ms: number, answered: boolean) => {
      const billing = place.billing(() => ms);
      const { rowCount, idempotency, ...call } = chargeRequest(ms, {
        accountId,
        compute: { memoryMiB: 2048, ms: 700 },
      });
      const book = { pk: 'pricebook', sk: 'current' };
      await client.put({
        TableName: TABLE,
        Item: { ...book, version: 4, publisherShareBps: 8_000, perGbSecondMicros: '100' },
      });
      const asked = { accountId, inferenceId: call.inferenceId, amountMicros: 230n, longestRun: call.compute };
      await billing.prepare(asked);
      await (answered ? billing.charge({ ...call, rowCount, idempotency }) : billing.chargeTimeout(call));
      await client.delete({ TableName: TABLE, Key: book });
    },
    /** All that the sealer does from minutes to months. */
    sealAt: async (nowMs: number) => {
      await place.seal(nowMs);
      return sealDueMonths(stores, { nowMs, ...FOREVER });
    },
    archiveAt: (nowMs: number, retentionDays: number) => archiveDue(stores, { nowMs, retentionDays, ...FOREVER }),
    audit: (request: { nowMs: number; full: boolean; accountId: string }): Promise<AuditReport> =>
      auditTable(stores, { ...request, deadlineMs: Number.POSITIVE_INFINITY, clock: () => request.nowMs }),
    /** Everything of the account as it lies in the table. */
    scan,
    eventsOf: async (accountId: string) =>
      (await scan(accountId))
        .filter(({ sk }) => String(sk).startsWith('inf_'))
        .sort((a, b) => (`${a.sk}` < `${b.sk}` ? -1 : 1)),
    item: async (pk: string, sk: string): Promise<Item> => {
      const { Item } = await client.get({ TableName: TABLE, Key: { pk, sk }, ConsistentRead: true });
      if (!Item) throw new Error(`there is no item ${pk} ${sk}`);
      return Item;
    },
    put: (Item: Item) => client.put({ TableName: TABLE, Item }),
    remove: ({ pk, sk }: Item) => client.delete({ TableName: TABLE, Key: { pk, sk } }),
    stop: async () => {
      s3.destroy();
      await place.stop();
    },
  };
};

export type BooksPlace = Awaited<ReturnType<typeof startBooks>>;
