// GET /v1/balance — reads the wallet, nothing else.
import { formatMicros } from '../../shared/kernel/money.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import { BILLING_CURRENCY, type billingRoutes } from '../contract.ts';
import type { WalletStore } from '../ports.ts';

export const getBalance =
  (wallets: WalletStore): UseCase<typeof billingRoutes.getBalance> =>
  async ({ caller }) => {
    const wallet = await wallets.find(caller.accountId);
    return {
      status: 200,
      body: {
        availableMicros: formatMicros(wallet?.avail ?? 0n),
        reservedMicros: '0',
        creditLimitMicros: formatMicros(wallet?.creditLimit ?? 0n),
        currency: BILLING_CURRENCY,
      },
    };
  };
