// The operator's price book, read again once a minute. Without one the defaults hold.
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { DEFAULT_PUBLISHER_SHARE_BPS } from '../domain/price.ts';
import type { PriceBook } from '../ports.ts';
import { PRICE_BOOK_KEY } from './table-keys.ts';

const REFRESH_MS = 60_000;

const storedBook = z.object({ publisherShareBps: z.number().int().min(0).max(10_000) });

export const dynamoPriceBook = (client: DynamoDBDocument, table: string, clock: () => number): PriceBook => {
  let shareBps = DEFAULT_PUBLISHER_SHARE_BPS;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  const read = async () => {
    const { Item } = await client.get({ TableName: table, Key: PRICE_BOOK_KEY });
    shareBps = Item ? storedBook.parse(Item).publisherShareBps : DEFAULT_PUBLISHER_SHARE_BPS;
    readAtMs = clock();
  };
  return {
    publisherShareBps: () => shareBps,
    refresh: () => {
      if (clock() - readAtMs < REFRESH_MS) return Promise.resolve();
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };
};
