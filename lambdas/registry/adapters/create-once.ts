// A create that a repeat with the same idempotency key does not do again.

import type * as z from 'zod/mini';
import type { IdempotencyClaim } from '../../shared/platform/route.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { claimItem } from './items.ts';
import { claimKey, putClaim, type WriteItem } from './writes.ts';

export interface CreateOnce {
  readonly accountId: string;
  readonly idempotency: IdempotencyClaim | undefined;
  readonly nowMs: number;
  /** The id of what is made, where the request does not name it: a repeat is told it. */
  readonly made?: string | undefined;
  readonly writes: readonly WriteItem[];
}

export type CreatedOnce =
  | { readonly outcome: 'created' | 'claim_reused' }
  | { readonly outcome: 'replay'; readonly made: string | undefined }
  /** The index in `writes` of the first condition that failed. */
  | { readonly outcome: 'refused'; readonly index: number };

export const createOnce = async (
  client: TableClient,
  table: string,
  { accountId, idempotency, nowMs, made, writes }: CreateOnce,
): Promise<CreatedOnce> => {
  // The claim comes first: of a repeat, its refusal is what is told.
  const claim = idempotency ? [putClaim(table, { accountId, idempotency, nowMs, made })] : [];
  const refusedIndex = await transact(client, [...claim, ...writes]);
  if (refusedIndex === undefined) return { outcome: 'created' };
  if (!idempotency || refusedIndex > 0) return { outcome: 'refused', index: refusedIndex - claim.length };
  const key = claimKey(accountId, idempotency);
  const { Item } = await client.get({ TableName: table, Key: key, ConsistentRead: true });
  if (!Item) throw new Error('a claim that just ended was in the way');
  return told(claimItem.parse(Item), idempotency);
};

/** What the key made earlier, for who has to know before anything is decided. @returns undefined when nothing, or too long ago */
export const findMade = async (
  client: TableClient,
  table: string,
  { accountId, idempotency, nowMs }: Pick<CreateOnce, 'accountId' | 'nowMs'> & { idempotency: IdempotencyClaim },
): Promise<CreatedOnce | undefined> => {
  const key = claimKey(accountId, idempotency);
  const { Item } = await client.get({ TableName: table, Key: key, ConsistentRead: true });
  const earlier = Item && claimItem.parse(Item);
  return earlier && earlier.expiresAt > Math.floor(nowMs / 1000) ? told(earlier, idempotency) : undefined;
};

const told = (earlier: z.output<typeof claimItem>, { requestSha256 }: IdempotencyClaim): CreatedOnce =>
  earlier.requestSha256 === requestSha256 ? { outcome: 'replay', made: earlier.made } : { outcome: 'claim_reused' };
