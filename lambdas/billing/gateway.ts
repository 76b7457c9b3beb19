// The charge, in the caller's process: inference makes one per environment.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../shared/platform/new-id.ts';
import type { TableClient } from '../shared/platform/table-client.ts';
import { dynamoChargeStore } from './adapters/dynamo-charge-store.ts';
import { dynamoKeys } from './adapters/dynamo-keys.ts';
import { dynamoOpenPeriods } from './adapters/dynamo-open-periods.ts';
import { dynamoPriceBook } from './adapters/dynamo-price-book.ts';
import { dynamoQuotas } from './adapters/dynamo-quotas.ts';
import { dynamoWallets } from './adapters/dynamo-wallets.ts';
import { signedTransport } from './adapters/signed-transport.ts';
import type { WriteTransport } from './adapters/write-transport.ts';
import type { Billing, ReadQuota } from './contract.ts';
import {
  type ChargePorts,
  chargeCall,
  chargeTimeout,
  noFunds,
  quotaExceeded,
  repeatCall,
} from './domain/charge-call.ts';
import { createKnownFunds } from './domain/known-funds.ts';
import { createMarks } from './domain/marks.ts';
import { feeOf, legsOf } from './domain/price.ts';
import { rateCompute } from './domain/price-book.ts';
import { minuteOf } from './domain/usage-key.ts';

export interface BillingOptions {
  /** The billing table (`BILLING_TABLE`). */
  readonly table: string;
  readonly client: TableClient;
  /** How charges are written. @default signed by hand, endpoint and credentials from the environment */
  readonly transport?: WriteTransport;
  /** @default Date.now */
  readonly clock?: () => number;
}

/** How many of a period's included calls were made; for who tells it, and charges nothing. */
export const createQuotaReader = (options: Pick<BillingOptions, 'table' | 'client'>): ReadQuota =>
  dynamoQuotas(options.client, options.table).used;

export const createBilling = (options: BillingOptions): Billing => {
  const { table, client, transport = signedTransport(), clock = Date.now } = options;
  const priceBook = dynamoPriceBook(client, table, clock);
  const wallets = dynamoWallets(client, table);
  const quotas = dynamoQuotas(client, table);
  const keys = dynamoKeys(client, table);
  const funds = createKnownFunds();
  const open = createMarks(dynamoOpenPeriods(client, table).mark);
  const ports: ChargePorts = {
    charges: dynamoChargeStore(table, transport),
    keys,
    open,
    terms: priceBook.terms,
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
    // Whatever else the request carries: a run that is not rated yet has no fee.
    quote: (request) => -legsOf({ ...request, compute: undefined }, priceBook.terms().publisherShareBps).consumer,
    prepare: async ({ accountId, inferenceId, amountMicros: within, longestRun, model, quota, beyondMicros }) => {
      const isUsed = quota !== undefined && (await quotas.used(accountId, quota)) >= quota.includedCalls;
      if (isUsed && beyondMicros === undefined) throw quotaExceeded(quota, model);
      const amountMicros = isUsed ? (beyondMicros ?? within) : within;
      const isCovered = (micros: bigint) => funds.cover(accountId, micros, clock());
      const readAvail = async () => {
        const availMicros = (await wallets.find(accountId))?.avail ?? 0n;
        funds.learn(accountId, availMicros, clock());
        return availMicros;
      };
      const [known] = await Promise.all([
        amountMicros > 0n && !isCovered(amountMicros) ? readAvail() : undefined,
        open(accountId, minuteOf(inferenceId)),
        priceBook.refresh(),
      ]);
      const feeMicros = feeOf(rateCompute(priceBook.terms(), longestRun));
      if (known === undefined && (feeMicros === 0n || isCovered(feeMicros))) return;
      const availMicros = known ?? (await readAvail());
      const mostMicros = amountMicros + feeMicros;
      if (availMicros < mostMicros) throw noFunds(mostMicros, availMicros, feeMicros > 0n);
    },
    charge: (request) => chargeCall(ports, request),
    chargeTimeout: (call) => chargeTimeout(ports, call),
  };
};
