// GET /v1/admin/grants — a page of grants, of one account or of all, latest first.
import type { UseCase } from '../../shared/platform/route.ts';
import type { billingRoutes } from '../contract.ts';
import type { LedgerStore } from '../ports.ts';
import { readLedgerPage } from './ledger-page.ts';
import { tellGrant } from './tell-entry.ts';

export const listGrants =
  (ledger: LedgerStore): UseCase<typeof billingRoutes.listGrants> =>
  async ({ query: { accountId, limit, cursor } }) => {
    const filters = { list: 'grants', accountId };
    const page = await readLedgerPage({ limit, cursor, filters }, (request) =>
      accountId === undefined ? ledger.list(request) : ledger.listOf(accountId, request),
    );
    return { status: 200, body: { items: page.items.map(tellGrant), next: page.next } };
  };
