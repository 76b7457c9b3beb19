/** GET /v1/admin/accounts/{account}/limits — what holds for an account. */
import type { UseCase } from '../../shared/platform/route.ts';
import type { accountsRoutes } from '../contract.ts';
import type { LimitStore } from '../ports.ts';
import { tellLimits } from './tell-limits.ts';

export const getLimits =
  (store: LimitStore): UseCase<typeof accountsRoutes.getLimits> =>
  async ({ params }) => ({ status: 200, body: tellLimits(params.account, await store.findAccount(params.account)) });
