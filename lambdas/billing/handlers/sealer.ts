// Runs every minute: seals what is over (domain/seal.ts, domain/seal-months.ts). Runs may overlap and may be killed.
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logWork } from '../../shared/platform/log.ts';
import { dynamoLedger } from '../adapters/dynamo-ledger.ts';
import { dynamoMonths } from '../adapters/dynamo-months.ts';
import { dynamoOpenPeriods } from '../adapters/dynamo-open-periods.ts';
import { dynamoUsage } from '../adapters/dynamo-usage.ts';
import { dynamoWallets } from '../adapters/dynamo-wallets.ts';
import { billingEnv } from '../contract.ts';
import { sealDue } from '../domain/seal.ts';
import { sealDueMonths } from '../domain/seal-months.ts';

/** The next run goes on where one stops; the function's own time-out lies behind this. */
const RUN_MS = 45_000;

const { BILLING_TABLE } = readEnv(billingEnv);
const ports = {
  wallets: dynamoWallets(documentClient(), BILLING_TABLE),
  open: dynamoOpenPeriods(documentClient(), BILLING_TABLE),
  usage: dynamoUsage(documentClient(), BILLING_TABLE),
  ledger: dynamoLedger(documentClient(), BILLING_TABLE),
  months: dynamoMonths(documentClient(), BILLING_TABLE),
};

export const handler = async (): Promise<void> => {
  const nowMs = Date.now();
  const time = { nowMs, deadlineMs: nowMs + RUN_MS, clock: Date.now };
  // One that fails does not keep the other from its work.
  const [periods, months] = await Promise.allSettled([sealDue(ports, time), sealDueMonths(ports, time)]);
  if (periods.status === 'rejected') throw periods.reason;
  if (months.status === 'rejected') throw months.reason;
  const figures = {
    ...periods.value,
    dueMonthCount: months.value.dueCount,
    sealedMonthCount: months.value.sealedCount,
    durationMs: Date.now() - nowMs,
  };
  logWork('seal', figures, ['dueCount', 'sealedCount']);
};
