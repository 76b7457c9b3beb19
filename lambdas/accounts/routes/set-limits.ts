/** PUT /v1/admin/accounts/{account}/limits — limits of an account's own; what is left out is its plan's again. */
import type { UseCase } from '../../shared/platform/route.ts';
import type { accountsRoutes } from '../contract.ts';
import type { LimitStore } from '../ports.ts';
import { tellLimits } from './tell-limits.ts';

export const setLimits =
  (store: LimitStore): UseCase<typeof accountsRoutes.setLimits> =>
  async ({ params, body, nowMs }) => {
    const account = await store.setLimits({ accountId: params.account, limits: body, nowMs });
    return { status: 200, body: tellLimits(params.account, account) };
  };
