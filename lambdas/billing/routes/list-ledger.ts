// GET /v1/ledger — a page of what was added to the account's balance, latest first.
import type { UseCase } from '../../shared/platform/route.ts';
import type { billingRoutes } from '../contract.ts';
import type { LedgerStore } from '../ports.ts';
import { readLedgerPage } from './ledger-page.ts';
import { tellEntry } from './tell-entry.ts';

export const listLedger =
  (ledger: LedgerStore): UseCase<typeof billingRoutes.listLedger> =>
  async ({ caller: { accountId }, query: { limit, cursor } }) => {
    const filters = { list: 'ledger', accountId };
    const page = await readLedgerPage({ limit, cursor, filters }, (request) => ledger.listOf(accountId, request));
    return { status: 200, body: { items: page.items.map(tellEntry), next: page.next } };
  };
