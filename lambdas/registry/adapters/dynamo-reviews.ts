// Reviews in DynamoDB: a partition per model, by their ids, which sort by time; in it, which of them is an account's.
import * as z from 'zod/mini';
import { outboxItem } from '../../shared/platform/events.ts';
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { ratingChange } from '../domain/rating.ts';
import { reviewData } from '../event-data.ts';
import type { Review, ReviewNews, ReviewPlace, ReviewStore, ReviewWalk } from '../ports/reviews.ts';
import { addRatings } from './stats-item.ts';
import { toldChange } from './told-change.ts';
import { putNew, putNext, remove, type WriteItem } from './writes.ts';

const reviewItem = z.pipe(
  z.object({
    schema: z.literal(1),
    id: z.string(),
    model: z.string(),
    accountId: z.string(),
    handle: z.optional(z.string()),
    writtenBy: z.string(),
    rating: z.int(),
    title: z.optional(z.string()),
    text: z.optional(z.string()),
    version: z.optional(z.string()),
    reply: z.optional(z.object({ text: z.string(), createdAtMs: z.int(), updatedAtMs: z.int() })),
    hidden: z.optional(z.object({ atMs: z.int(), reason: z.string() })),
    editedAtMs: z.optional(z.int()),
    revision: z.int(),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
  }),
  z.transform(({ schema: _, ...review }): Review => review),
);
const pointerItem = z.object({ schema: z.literal(1), id: z.string() });

const WALK_PAGE = 100;
const REVIEW = 'rvw_';
/** Sorts after whatever may follow. */
const END = '~';

const pkOf = (model: string) => `reviews#${model}`;
const reviewKey = (model: string, id: string) => ({ pk: pkOf(model), sk: id });
const pointerKey = (model: string, accountId: string) => ({ pk: pkOf(model), sk: `by#${accountId}` });
const ratedAt = ({ rating, id }: ReviewPlace) => `${rating}#${id}`;

export const dynamoReviews = (client: TableClient, table: string): ReviewStore => {
  const find = async (model: string, id: string) => {
    const { Item } = await client.get({ TableName: table, Key: reviewKey(model, id), ConsistentRead: true });
    return Item ? reviewItem.parse(Item) : undefined;
  };
  const write = async (writes: readonly WriteItem[]) => (await transact(client, [...writes])) === undefined;
  return {
    find,

    findOf: async (model, accountId) => {
      const { Item } = await client.get({ TableName: table, Key: pointerKey(model, accountId), ConsistentRead: true });
      return Item ? find(model, pointerItem.parse(Item).id) : undefined;
    },

    async *walk(walk) {
      let from: Record<string, unknown> | undefined;
      do {
        const page = await client.query({
          TableName: table,
          ...walkQuery(walk),
          Limit: WALK_PAGE,
          ...(from ? { ExclusiveStartKey: from } : {}),
        });
        for (const item of page.Items ?? []) {
          const review = reviewItem.parse(item);
          if (review.id !== walk.after?.id) yield review;
        }
        from = page.LastEvaluatedKey;
      } while (from);
    },

    save: (before, after, news) => write(reviewWrites(table, before, after, news)),

    remove: (review, news) =>
      write([
        {
          Delete: {
            TableName: table,
            Key: reviewKey(review.model, review.id),
            ConditionExpression: 'revision = :before',
            ExpressionAttributeValues: { ':before': review.revision },
          },
        },
        remove(table, pointerKey(review.model, review.accountId)),
        ...counted(table, review, undefined, news),
      ]),
  };
};

/** Of a transaction: the review as it shall be, its rating in the sums, and what tells of it. */
export const reviewWrites = (
  table: string,
  before: Review | undefined,
  after: Review,
  news: ReviewNews,
): readonly WriteItem[] => [...putReview(table, before, after), ...counted(table, before, after, news)];

/** The first of an account is refused where there is one. What is hidden is in no index. */
const putReview = (table: string, before: Review | undefined, after: Review): WriteItem[] => {
  const { model, id, accountId } = after;
  const listed = after.hidden ? {} : { gsi1pk: pkOf(model), gsi1sk: ratedAt(after) };
  const item = { ...reviewKey(model, id), schema: 1, ...after, ...listed };
  if (before) return [putNext(table, item)];
  return [putNew(table, item), putNew(table, { ...pointerKey(model, accountId), schema: 1, id })];
};

/** What a change of a review changes besides: the sums, and what is told of it. */
const counted = (
  table: string,
  before: Review | undefined,
  after: Review | undefined,
  { type, owner, act, data, nowMs }: ReviewNews,
): WriteItem[] => {
  const review = after ?? before;
  if (!review) throw new Error('a change of a review must be of one');
  const { model, id, rating, version, handle, accountId } = review;
  const told = { type, model, data: reviewData.parse({ model, review: id, rating, version, author: handle, ...data }) };
  const event = { source: 'aimass.registry', type, subject: model, data: told.data } as const;
  return [
    ...addRatings(table, model, ratingChange(before, after), nowMs),
    ...(act
      ? [
          ...toldChange(table, { ...told, accountId: owner, act }, nowMs),
          putNew(table, outboxItem({ ...event, accountId }, nowMs)),
        ]
      : [putNew(table, outboxItem({ ...event, accountId: owner }, nowMs))]),
  ];
};

/** In the index only what is sorted by rating is looked up. */
const walkQuery = ({ model, by, descending, after }: ReviewWalk) => {
  const low = by === 'rating' ? '0' : REVIEW;
  const high = by === 'rating' ? END : `${REVIEW}${END}`;
  const place = after && (by === 'rating' ? ratedAt(after) : after.id);
  return {
    ...(by === 'rating' ? { IndexName: 'gsi1' } : { ConsistentRead: true }),
    KeyConditionExpression:
      by === 'rating' ? 'gsi1pk = :pk AND gsi1sk BETWEEN :low AND :high' : 'pk = :pk AND sk BETWEEN :low AND :high',
    ExpressionAttributeValues: {
      ':pk': pkOf(model),
      ':low': descending ? low : (place ?? low),
      ':high': descending ? (place ?? high) : high,
    },
    ScanIndexForward: !descending,
  };
};
