// The charge, in the caller's process: inference makes one per environment.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../shared/platform/aws.ts';
import { newId } from '../shared/platform/new-id.ts';
import { dynamoChargeStore } from './adapters/dynamo-charge-store.ts';
import { dynamoKeys } from './adapters/dynamo-keys.ts';
import { dynamoOpenPeriods } from './adapters/dynamo-open-periods.ts';
import { dynamoPriceBook } from './adapters/dynamo-price-book.ts';
import { dynamoWallets } from './adapters/dynamo-wallets.ts';
import { signedTransport } from './adapters/signed-transport.ts';
import type { WriteTransport } from './adapters/write-transport.ts';
import type { Billing } from './contract.ts';
import { type ChargePorts, chargeCall, noFunds, repeatCall } from './domain/charge-call.ts';
import { createMarks } from './domain/marks.ts';
import { legsOf } from './domain/price.ts';
import { minuteOf } from './domain/usage-key.ts';

export interface BillingOptions {
  /** The billing table (`BILLING_TABLE`). */
  readonly table: string;
  /** @default this environment's document client */
  readonly client?: DynamoDBDocument;
  /** How charges are written. @default signed by hand, endpoint and credentials from the environment */
  readonly transport?: WriteTransport;
  /** @default Date.now */
  readonly clock?: () => number;
}

export const createBilling = (options: BillingOptions): Billing => {
  const { table, client = documentClient(), transport = signedTransport(), clock = Date.now } = options;
  const priceBook = dynamoPriceBook(client, table, clock);
  const wallets = dynamoWallets(client, table);
  const keys = dynamoKeys(client, table);
  const open = createMarks(dynamoOpenPeriods(client, table).mark);
  const ports: ChargePorts = {
    charges: dynamoChargeStore(table, transport),
    keys,
    open,
    publisherShareBps: priceBook.publisherShareBps,
    newInferenceId: (nowMs) => newId('inf', nowMs),
    newToken: randomUUID,
    clock,
    random: Math.random,
    sleep,
  };
  return {
    findReplay: async ({ accountId, idempotency: claim, nowMs }) => {
      const use = await keys.find(accountId, claim.key, nowMs);
      return use && repeatCall(keys, { accountId, use, claim, nowMs });
    },
    quote: (request) => -legsOf(request, priceBook.publisherShareBps()).consumer,
    prepare: async ({ accountId, inferenceId, amountMicros }) => {
      const checkFunds = async () => {
        const availMicros = (await wallets.find(accountId))?.avail ?? 0n;
        if (availMicros < amountMicros) throw noFunds(amountMicros, availMicros);
      };
      await Promise.all([
        open(accountId, minuteOf(inferenceId)),
        priceBook.refresh(),
        amountMicros > 0n ? checkFunds() : undefined,
      ]);
    },
    charge: (request) => chargeCall(ports, request),
  };
};
