// Where a seed runs: a table of its own in the emulator, accounts with money, and environments of functions whose
// network goes through the fault proxy.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { dynamoLedger } from '../../lambdas/billing/adapters/dynamo-ledger.ts';
import { signedTransport } from '../../lambdas/billing/adapters/signed-transport.ts';
import { walletKey } from '../../lambdas/billing/adapters/table-keys.ts';
import type { LedgerStore } from '../../lambdas/billing/ports.ts';
import { newId } from '../../lambdas/shared/platform/new-id.ts';
import { streamReader } from '../support/dynamo-stream.ts';
import { createContextTable, type Emulator } from '../support/emulator.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import type { SumSurroundings } from './algorithm.ts';
import { type CrashGate, createCrashGate, gateClient, gateTransport } from './crash-gate.ts';
import { faultMix } from './fault-mix.ts';
import { createJumpingClock, type JumpingClock } from './jumping-clock.ts';
import { type AccountName, accountNames, openingMicros } from './plan.ts';

const REGION = 'us-east-1';

/** Hundreds of calls at once wait for one emulator process here; requests that come too late are a fault of the mix. */
const TRY_TIMEOUT_MS = 20_000;

export interface World {
  readonly table: string;
  readonly clock: JumpingClock;
  readonly proxy: FaultProxy;
  readonly accounts: Readonly<Record<AccountName | 'publisher', string>>;
  /** Straight to the emulator. */
  readonly client: DynamoDBDocument;
  /** The same straight way, as surroundings. */
  readonly calm: SumSurroundings;
  /** A new environment behind the faults. @param skewMs - how far its clock is ahead of the world's */
  surroundings(options?: { readonly gate?: CrashGate; readonly skewMs?: number }): SumSurroundings;
  ledgerOf(surroundings: SumSurroundings): LedgerStore;
  /** How often the account's wallet has changed up to now: what its `revision` counts; 0 when there is none. */
  revisionOf(accountId: string): Promise<number>;
  stop(): Promise<void>;
}

const unwrapNumber = (text: string): number | bigint =>
  Number.isSafeInteger(Number(text)) || !/^-?\d+$/.test(text) ? Number(text) : BigInt(text);

/** A document client as shared/platform/aws.ts makes it, for this endpoint. */
export const clientAt = (endpoint: string): DynamoDBDocument =>
  DynamoDBDocument.from(
    new DynamoDBClient({ endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }),
    { marshallOptions: { removeUndefinedValues: true }, unmarshallOptions: { wrapNumbers: unwrapNumber } },
  );

/** A transaction without its token: DynamoDB forgets it after ten minutes, and the conditions must do alone. */
const withoutToken = (operation: string, body: Buffer): Buffer => {
  if (operation !== 'TransactWriteItems') return body;
  const { ClientRequestToken: _token, ...input } = JSON.parse(body.toString());
  return Buffer.from(JSON.stringify(input));
};

/**
 * @param seed - of the faults; with an even one DynamoDB does not remember transactions' tokens
 * @param rates - default: the whole mix
 */
export const createWorld = async (
  emulator: Emulator,
  { seed, table, rates = faultMix }: { seed: number; table: string; rates?: typeof faultMix },
): Promise<World> => {
  await createContextTable(emulator.endpoint, table);
  const proxy = new FaultProxy({
    target: emulator.endpoint,
    seed,
    rates,
    ...(seed % 2 === 0 ? { rewrite: withoutToken } : {}),
  });
  const proxied = await proxy.start();
  const clock = createJumpingClock();
  const clients: DynamoDBDocument[] = [];

  const surroundingsAt = (endpoint: string, gate: CrashGate, skewMs: number): SumSurroundings => {
    const client = gateClient(clientAt(endpoint), gate);
    clients.push(client);
    const transport = signedTransport({
      env: { ...emulator.env, AWS_ENDPOINT_URL: endpoint },
      timeoutMs: TRY_TIMEOUT_MS,
    });
    return {
      table,
      client,
      transport: gateTransport(transport, gate),
      clock: () => clock.now() + skewMs,
      stream: streamReader(emulator, table),
    };
  };
  const calm = surroundingsAt(emulator.endpoint, createCrashGate(), 0);
  const ledgerOf = (at: SumSurroundings) => dynamoLedger(at.client, table);
  return {
    table,
    clock,
    proxy,
    client: calm.client,
    calm,
    accounts: await openAccounts(ledgerOf(calm)),
    surroundings: ({ gate = createCrashGate(), skewMs = 0 } = {}) => surroundingsAt(proxied, gate, skewMs),
    ledgerOf,
    revisionOf: async (accountId) => {
      const Key = walletKey(accountId);
      const { Item } = await calm.client.get({ TableName: table, Key, ConsistentRead: true });
      return Number(Item?.revision ?? 0);
    },
    stop: async () => {
      await proxy.stop();
      for (const client of clients) client.destroy();
    },
  };
};

const openAccounts = async (ledger: LedgerStore): Promise<World['accounts']> => {
  const ids = Object.fromEntries(
    [...accountNames, 'publisher' as const].map((name) => [name, newId('acc', Date.now())]),
  );
  const accounts = ids as World['accounts'];
  for (const name of accountNames) {
    const amountMicros = openingMicros[name];
    if (amountMicros > 0n) await ledger.grant(grantOf(accounts[name], amountMicros, 'opening', Date.now()), undefined);
  }
  return accounts;
};

export const grantOf = (accountId: string, amountMicros: bigint, reason: string, nowMs: number) => ({
  id: newId('txn', nowMs),
  type: 'grant' as const,
  accountId,
  amountMicros,
  reason,
  grantedBy: 'usr_operator',
  createdAtMs: nowMs,
});
