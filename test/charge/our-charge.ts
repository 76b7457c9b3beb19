// The product's own charge and sealer, as `infer` and the sealer's function wire them.
import { dynamoOpenPeriods } from '../../lambdas/billing/adapters/dynamo-open-periods.ts';
import { dynamoUsage } from '../../lambdas/billing/adapters/dynamo-usage.ts';
import { dynamoWallets } from '../../lambdas/billing/adapters/dynamo-wallets.ts';
import { sealDue } from '../../lambdas/billing/domain/seal.ts';
import { createBilling } from '../../lambdas/billing/gateway.ts';
import type { Algorithm, Surroundings } from './algorithm.ts';

export const ourBilling = (at: Surroundings) => createBilling(at);

export const ourSealing =
  ({ client, table, clock }: Surroundings) =>
  async (): Promise<boolean> => {
    const ports = {
      wallets: dynamoWallets(client, table),
      open: dynamoOpenPeriods(client, table),
      usage: dynamoUsage(client, table),
    };
    const { dueCount } = await sealDue(ports, { nowMs: clock(), deadlineMs: Number.POSITIVE_INFINITY, clock });
    return dueCount === 0;
  };

export const ourCharge: Algorithm = {
  name: 'one transaction, sums recomputed and SET',
  billing: ourBilling,
  summing: ourSealing,
  granularities: ['minute', 'hour', 'day'],
};
