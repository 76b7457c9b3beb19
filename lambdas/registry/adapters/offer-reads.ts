// Offers, as calls of subscribers need them: one consistent read. What writes them is dynamo-offers.ts.
import * as z from 'zod/mini';
import type { TableClient } from '../../shared/platform/table-client.ts';
import type { Offer, OfferStore } from '../ports/subscriptions.ts';
import { offerKinds } from '../terms.ts';

export const offerItem = z.pipe(
  z.object({
    schema: z.literal(1),
    offerId: z.string(),
    model: z.string(),
    name: z.string(),
    kind: z.enum(offerKinds),
    versions: z.array(
      z.object({
        version: z.int(),
        perCallMicros: z.string(),
        perRowMicros: z.string(),
        feeMicros: z.string(),
        includedCalls: z.optional(z.int()),
        hardStop: z.optional(z.boolean()),
        days: z.optional(z.int()),
        createdAtMs: z.int(),
        effectiveAtMs: z.int(),
      }),
    ),
    state: z.enum(['open', 'closed']),
    revision: z.int(),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
  }),
  z.transform(({ schema: _, ...offer }): Offer => offer),
);

export const offerKey = (model: string, offerId: string) => ({ pk: `model#${model}`, sk: `offer#${offerId}` });

export const offerReads = (client: TableClient, table: string): Pick<OfferStore, 'find'> => ({
  find: async (model, offerId) => {
    const { Item } = await client.get({ TableName: table, Key: offerKey(model, offerId), ConsistentRead: true });
    return Item ? offerItem.parse(Item) : undefined;
  },
});
