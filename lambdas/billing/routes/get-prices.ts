// GET /v1/admin/prices — the operator's price book as it is now.
import type { UseCase } from '../../shared/platform/route.ts';
import type { billingRoutes } from '../contract.ts';
import type { PriceBookStore } from '../ports.ts';
import { pricesEtag, tellPrices } from './tell-prices.ts';

export const getPrices =
  (prices: Pick<PriceBookStore, 'current'>): UseCase<typeof billingRoutes.getPrices> =>
  async () => {
    const book = await prices.current();
    return { status: 200, body: tellPrices(book), headers: { etag: pricesEtag(book) } };
  };
