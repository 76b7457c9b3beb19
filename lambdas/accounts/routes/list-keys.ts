// GET /v1/keys — a page of the account's keys, oldest first.
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { accountsRoutes } from '../contract.ts';
import type { KeyStore } from '../ports.ts';
import { afterId } from './after-id.ts';
import { tellKey } from './tell-key.ts';

export const listKeys =
  (keys: KeyStore): UseCase<typeof accountsRoutes.listKeys> =>
  async ({ caller, query }) => {
    const filters = { list: 'keys', accountId: caller.accountId };
    const after = afterId('key', decodeCursor(query.cursor, filters));
    const { items, last } = await keys.list({ accountId: caller.accountId, limit: query.limit, after });
    const next = encodeCursor(last === undefined ? undefined : { after: last }, filters);
    return { status: 200, body: { items: items.map(tellKey), next } };
  };
