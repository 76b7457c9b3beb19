// POST /v1/admin/grants — adds funds to an account: the entry and the wallet in one transaction.
import { DomainError } from '../../shared/kernel/errors.ts';
import { parseMicros } from '../../shared/kernel/money.ts';
import { newId } from '../../shared/platform/new-id.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import { type billingRoutes, MAX_GRANT_MICROS } from '../contract.ts';
import { grantFunds } from '../domain/grant-funds.ts';
import type { Accounts, LedgerStore } from '../ports.ts';
import { tellGrant } from './tell-entry.ts';

export const createGrant =
  (ports: { readonly accounts: Accounts; readonly ledger: LedgerStore }): UseCase<typeof billingRoutes.createGrant> =>
  async ({ body, caller, idempotency }) => {
    const amountMicros = parseMicros(body.amountMicros);
    if (amountMicros > MAX_GRANT_MICROS) {
      const message = `'amountMicros' must be at most ${MAX_GRANT_MICROS}, got ${amountMicros}`;
      throw new DomainError('invalid', 'grant_limit_exceeded', message, {
        errors: [{ pointer: '/amountMicros', detail: `must be at most ${MAX_GRANT_MICROS}, got ${amountMicros}` }],
      });
    }
    if (!(await ports.accounts.exists(body.accountId))) {
      throw new DomainError('not_found', 'account_not_found', `no account ${body.accountId}`);
    }
    const granted = await grantFunds(
      { ledger: ports.ledger, clock: Date.now, newEntryId: (ms) => newId('txn', ms) },
      { type: 'grant', accountId: body.accountId, amountMicros, reason: body.reason, grantedBy: caller.userId },
      idempotency && { by: caller.accountId, ...idempotency },
    );
    const location = `/v1/admin/grants?accountId=${granted.accountId}`;
    return { status: 201, body: tellGrant(granted), headers: { location } };
  };
