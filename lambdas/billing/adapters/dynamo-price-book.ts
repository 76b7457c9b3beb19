// The operator's price book: as charges read it, once a minute, and as operators read and change it. Without one the
// defaults hold.
import * as z from 'zod/mini';
import { DomainError } from '../../shared/kernel/errors.ts';
import { isRate } from '../../shared/kernel/money.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { DEFAULT_TERMS, type PriceBookVersion } from '../domain/price-book.ts';
import { KEY_MEMORY_MS } from '../domain/replay.ts';
import type { Claim, PriceBook, PriceBookStore, SetPriceBook } from '../ports.ts';
import { parseUse } from './key-use.ts';
import { idempotencyKey, PRICE_BOOK_KEY, priceBookVersionKey } from './table-keys.ts';

const REFRESH_MS = 60_000;

/** One that an operator wrote by hand has no version: it is taken for the first. */
const storedBook = z.pipe(
  z.object({
    version: z._default(z.int().check(z.minimum(0)), 0),
    publisherShareBps: z.int().check(z.minimum(0), z.maximum(10_000)),
    perGbSecondMicros: z._default(
      z.string().check(z.refine(isRate, 'must be a rate')),
      DEFAULT_TERMS.perGbSecondMicros,
    ),
    reason: z.optional(z.string()),
    changedBy: z.optional(z.string()),
    at: z.optional(z.iso.datetime()),
  }),
  z.transform(
    ({ at, reason, changedBy, ...terms }): PriceBookVersion => ({
      ...terms,
      reason,
      changedBy,
      changedAtMs: at === undefined ? undefined : Date.parse(at),
    }),
  ),
);

const bookOf = (item: unknown): PriceBookVersion =>
  storedBook.parse(item ?? { publisherShareBps: DEFAULT_TERMS.publisherShareBps });

export const dynamoPriceBook = (client: TableClient, table: string, clock: () => number): PriceBook => {
  let terms = DEFAULT_TERMS;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  const read = async () => {
    const { Item } = await client.get({ TableName: table, Key: PRICE_BOOK_KEY });
    terms = bookOf(Item);
    readAtMs = clock();
  };
  return {
    terms: () => terms,
    refresh: () => {
      if (clock() - readAtMs < REFRESH_MS) return Promise.resolve();
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };
};

export const dynamoPriceBookStore = (client: TableClient, table: string): PriceBookStore => {
  const find = async (Key: { pk: string; sk: string }) =>
    (await client.get({ TableName: table, Key, ConsistentRead: true })).Item;
  return {
    current: async () => bookOf(await find(PRICE_BOOK_KEY)),
    findSet: async (claim, nowMs) => {
      const item = await find(idempotencyKey(claim.by, claim.key));
      const use = item && parseUse(item);
      if (!use || use.expiresAt < Math.floor(nowMs / 1000)) return undefined;
      if (use.use !== 'prices' || use.requestSha256 !== claim.requestSha256) {
        const message = `'idempotency-key' ${claim.key} was used for another request`;
        throw new DomainError('invalid', 'idempotency_key_reused', message);
      }
      return bookOf(await find(priceBookVersionKey(use.priceBookVersion)));
    },
    set: async (next, claim) => (await transact(client, setActions(table, next, claim))) === undefined,
    list: async ({ limit, before }) => {
      const { Items = [] } = await client.query({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':pk': PRICE_BOOK_KEY.pk,
          ':first': priceBookVersionKey(0).sk,
          ':last': priceBookVersionKey(before === undefined ? Number.MAX_SAFE_INTEGER : before - 1).sk,
        },
        ScanIndexForward: false,
        Limit: limit,
      });
      return Items.map(bookOf);
    },
  };
};

const setActions = (table: string, next: SetPriceBook, claim: Claim | undefined) => {
  const { changedAtMs, ...book } = next;
  const item = { schema: 1, ...book, at: new Date(changedAtMs).toISOString() };
  const previous = next.version - 1;
  return [
    {
      Put: {
        TableName: table,
        Item: { ...PRICE_BOOK_KEY, ...item },
        ConditionExpression: previous === 0 ? 'attribute_not_exists(#version)' : '#version = :previous',
        ExpressionAttributeNames: { '#version': 'version' },
        ...(previous === 0 ? {} : { ExpressionAttributeValues: { ':previous': previous } }),
      },
    },
    {
      Put: {
        TableName: table,
        Item: { ...priceBookVersionKey(next.version), ...item },
        ConditionExpression: 'attribute_not_exists(sk)',
      },
    },
    ...(claim ? [{ Put: claimPut(table, next, claim) }] : []),
  ];
};

const claimPut = (table: string, { version, changedAtMs }: SetPriceBook, claim: Claim) => ({
  TableName: table,
  Item: {
    ...idempotencyKey(claim.by, claim.key),
    schema: 1,
    use: 'prices',
    requestSha256: claim.requestSha256,
    priceBookVersion: version,
    expiresAt: Math.ceil((changedAtMs + KEY_MEMORY_MS) / 1000),
  },
  ConditionExpression: 'attribute_not_exists(sk) OR expiresAt < :now',
  ExpressionAttributeValues: { ':now': Math.floor(changedAtMs / 1000) },
});
