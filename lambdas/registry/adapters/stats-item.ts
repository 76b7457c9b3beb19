// What reviews and calls of a model add up to: an item of its partition, which the function that counts calls and the
// transactions of reviews change each in fields of their own.
import * as z from 'zod/mini';
import { MAX_RATING, type RatingChange } from '../domain/rating.ts';
import type { ModelSums } from '../ports/stats.ts';
import { modelKey } from './items.ts';
import type { WriteItem } from './writes.ts';

export const statsKey = (name: string) => ({ ...modelKey(name), sk: 'stats' });

const count = z._default(z.int(), 0);

export const statsItem = z.pipe(
  z.object({
    schema: z.literal(1),
    ratingCount: count,
    ratingSum: count,
    stars1: count,
    stars2: count,
    stars3: count,
    stars4: count,
    stars5: count,
    callCount: count,
    callerCount: count,
  }),
  z.transform(
    ({ schema: _, stars1, stars2, stars3, stars4, stars5, ...rest }): ModelSums => ({
      ...rest,
      starCounts: [stars1, stars2, stars3, stars4, stars5],
    }),
  ),
);

/** Of the transaction that changes a review: its part of the sums. @returns no write where they stay as they are */
export const addRatings = (table: string, model: string, change: RatingChange, nowMs: number): WriteItem[] => {
  if (change.stars.size === 0) return [];
  const stars = Array.from({ length: MAX_RATING }, (_, index) => index + 1).filter((one) => change.stars.has(one));
  return [
    {
      Update: {
        TableName: table,
        Key: statsKey(model),
        UpdateExpression: `SET #schema = :schema, updatedAtMs = :now ADD ratingCount :count, ratingSum :sum, ${stars
          .map((one) => `stars${one} :stars${one}`)
          .join(', ')}`,
        ExpressionAttributeNames: { '#schema': 'schema' },
        ExpressionAttributeValues: {
          ':schema': 1,
          ':now': nowMs,
          ':count': change.count,
          ':sum': change.sum,
          ...Object.fromEntries(stars.map((one) => [`:stars${one}`, change.stars.get(one)])),
        },
      },
    },
  ];
};
