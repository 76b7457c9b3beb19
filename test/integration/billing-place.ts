// A billing table of its own in an emulator, the charge over it, and the API called as the gateway calls it.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { dynamoKeys } from '../../lambdas/billing/adapters/dynamo-keys.ts';
import { dynamoLedger } from '../../lambdas/billing/adapters/dynamo-ledger.ts';
import { dynamoOpenPeriods } from '../../lambdas/billing/adapters/dynamo-open-periods.ts';
import { dynamoUsage } from '../../lambdas/billing/adapters/dynamo-usage.ts';
import { dynamoWallets } from '../../lambdas/billing/adapters/dynamo-wallets.ts';
import { signedTransport } from '../../lambdas/billing/adapters/signed-transport.ts';
import type { Billing } from '../../lambdas/billing/contract.ts';
import { sealDue } from '../../lambdas/billing/domain/seal.ts';
import { createBilling } from '../../lambdas/billing/gateway.ts';
import { newId } from '../../lambdas/shared/platform/new-id.ts';
import { createContextTable, type Emulator, startEmulator } from '../support/emulator.ts';

const unwrapNumber = (text: string): number | bigint =>
  Number.isSafeInteger(Number(text)) || !/^-?\d+$/.test(text) ? Number(text) : BigInt(text);

/** A document client as shared/platform/aws.ts makes it, for this endpoint. */
const clientAt = (endpoint: string) =>
  DynamoDBDocument.from(
    new DynamoDBClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
    { marshallOptions: { removeUndefinedValues: true }, unmarshallOptions: { wrapNumbers: unwrapNumber } },
  );

export const TABLE = 'aimass-test-billing';

export interface Place {
  readonly emulator: Emulator;
  readonly client: DynamoDBDocument;
  readonly stores: ReturnType<typeof storesOf>;
  /** One more environment of the function that charges, with its own caches. */
  billing(clock?: () => number, endpoint?: string): Billing;
  /** An account that nobody used before, with that much money. */
  newAccount(micros?: bigint): Promise<string>;
  avail(accountId: string): Promise<bigint>;
  seal(nowMs: number): ReturnType<typeof sealDue>;
  /** The stores as a function sees them whose DynamoDB is at that address. */
  storesAt(endpoint: string): ReturnType<typeof storesOf>;
  stop(): Promise<void>;
}

const storesOf = (client: DynamoDBDocument) => ({
  wallets: dynamoWallets(client, TABLE),
  open: dynamoOpenPeriods(client, TABLE),
  usage: dynamoUsage(client, TABLE),
  ledger: dynamoLedger(client, TABLE),
  keys: dynamoKeys(client, TABLE),
});

export const startPlace = async (): Promise<Place> => {
  const emulator = await startEmulator();
  await createContextTable(emulator.endpoint, TABLE);
  const client = clientAt(emulator.endpoint);
  const stores = storesOf(client);
  return {
    emulator,
    client,
    stores,
    billing: (clock = Date.now, endpoint = emulator.endpoint) =>
      createBilling({
        table: TABLE,
        client,
        // Hundreds of calls at once wait for one emulator process here.
        transport: signedTransport({ env: { ...emulator.env, AWS_ENDPOINT_URL: endpoint }, timeoutMs: 20_000 }),
        clock,
      }),
    newAccount: async (micros = 0n) => {
      const accountId = newId('acc', Date.now());
      if (micros > 0n) {
        const entry = { id: newId('txn', Date.now()), accountId, amountMicros: micros, createdAtMs: Date.now() };
        await stores.ledger.grant({ ...entry, type: 'grant', reason: 'test', grantedBy: 'usr_test' }, undefined);
      }
      return accountId;
    },
    avail: async (accountId) => (await stores.wallets.find(accountId))?.avail ?? 0n,
    seal: (nowMs) => sealDue(stores, { nowMs, deadlineMs: Number.POSITIVE_INFINITY, clock: () => nowMs }),
    storesAt: (endpoint) => storesOf(clientAt(endpoint)),
    stop: async () => {
      client.destroy();
      await emulator.stop();
    },
  };
};
