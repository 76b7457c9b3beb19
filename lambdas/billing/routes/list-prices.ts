// GET /v1/admin/prices/versions — every version of the price book that there was, latest first.
import { DomainError } from '../../shared/kernel/errors.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { billingRoutes } from '../contract.ts';
import type { PriceBookStore } from '../ports.ts';
import { tellPrices } from './tell-prices.ts';

const filters = { list: 'prices' };

export const listPrices =
  (prices: Pick<PriceBookStore, 'list'>): UseCase<typeof billingRoutes.listPrices> =>
  async ({ query: { limit, cursor } }) => {
    const before = readCursor(cursor);
    const books = await prices.list({ limit, before });
    const last = books.length === limit ? books.at(-1)?.version : undefined;
    // The first version is 1: nothing lies behind it.
    const next = last === undefined || last <= 1 ? null : encodeCursor({ before: last }, filters);
    return { status: 200, body: { items: books.map(tellPrices), next } };
  };

/** @throws DomainError invalid_cursor */
const readCursor = (cursor: string | undefined): number | undefined => {
  const key = decodeCursor(cursor, filters);
  if (!key) return undefined;
  if (Number.isSafeInteger(key.before) && Number(key.before) > 1) return Number(key.before);
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};
