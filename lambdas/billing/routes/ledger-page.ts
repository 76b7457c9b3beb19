// A page of ledger entries as the API lists them, and the cursor that goes on behind it.
import { DomainError } from '../../shared/kernel/errors.ts';
import { isId } from '../../shared/kernel/ids.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { LedgerEntry, LedgerPage, LedgerPageRequest } from '../ports.ts';

/**
 * @param filters - all that selects the list
 * @throws DomainError invalid_cursor
 */
export const readLedgerPage = async (
  request: { readonly limit: number; readonly cursor: string | undefined; readonly filters: unknown },
  list: (page: LedgerPageRequest) => Promise<LedgerPage>,
): Promise<{ readonly items: readonly LedgerEntry[]; readonly next: string | null }> => {
  const key = decodeCursor(request.cursor, request.filters);
  const after = key && { accountId: String(key.accountId), id: String(key.id) };
  // A cursor comes from outside: whatever DynamoDB would not take as a key is refused here.
  if (after && !(isId('acc', after.accountId) && isId('txn', after.id))) {
    throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
  }
  const { items, last } = await list({ limit: request.limit, after });
  return { items, next: encodeCursor(last && { ...last }, request.filters) };
};
