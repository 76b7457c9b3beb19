// Runs every minute: seals what is over (domain/seal.ts). Runs may overlap and may be killed.
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logWork } from '../../shared/platform/log.ts';
import { dynamoOpenPeriods } from '../adapters/dynamo-open-periods.ts';
import { dynamoUsage } from '../adapters/dynamo-usage.ts';
import { dynamoWallets } from '../adapters/dynamo-wallets.ts';
import { billingEnv } from '../contract.ts';
import { sealDue } from '../domain/seal.ts';

/** The next run goes on where one stops; the function's own time-out lies behind this. */
const RUN_MS = 45_000;

const { BILLING_TABLE } = readEnv(billingEnv);
const ports = {
  wallets: dynamoWallets(documentClient(), BILLING_TABLE),
  open: dynamoOpenPeriods(documentClient(), BILLING_TABLE),
  usage: dynamoUsage(documentClient(), BILLING_TABLE),
};

export const handler = async (): Promise<void> => {
  const nowMs = Date.now();
  const report = await sealDue(ports, { nowMs, deadlineMs: nowMs + RUN_MS, clock: Date.now });
  logWork('seal', { ...report, durationMs: Date.now() - nowMs });
};
