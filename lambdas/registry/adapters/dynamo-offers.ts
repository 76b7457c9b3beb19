// Offers in DynamoDB: one item each, with all its versions.
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { offerData } from '../event-data.ts';
import type { Offer, OfferAct, OfferStore } from '../ports/subscriptions.ts';
import { createOnce } from './create-once.ts';
import { toModelItem } from './items.ts';
import { offerItem, offerKey, offerReads } from './offer-reads.ts';
import { toldChange } from './told-change.ts';
import { putNew, putNext } from './writes.ts';

export const dynamoOffers = (client: TableClient, table: string): OfferStore => {
  const reads = offerReads(client, table);
  return {
    ...reads,

    // A model has few: they are read whole.
    list: async (model) => {
      const { pk, sk } = offerKey(model, '');
      const page = await client.query({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: { ':pk': pk, ':sk': sk },
      });
      return (page.Items ?? []).map((item) => offerItem.parse(item));
    },

    create: async ({ offer, model, by, idempotency }) => {
      const writes = [
        ...told(table, offer, 'OfferCreated.v1', by),
        putNew(table, toOfferItem(offer)),
        ...(model ? [putNext(table, toModelItem(model))] : []),
      ];
      const { offerId, createdAtMs: nowMs } = offer;
      const claim = { accountId: by.owner, idempotency, nowMs, made: offerId };
      const made = await createOnce(client, table, { ...claim, writes });
      if (made.outcome === 'refused') return { outcome: 'changed_meanwhile' };
      if (made.outcome !== 'replay') return { outcome: made.outcome };
      const earlier = made.made === undefined ? undefined : await reads.find(offer.model, made.made);
      if (!earlier) throw new Error(`the offer that a claim made is gone: ${offer.model} ${made.made}`);
      return { outcome: 'replay', made: earlier };
    },

    change: async (offer, type, by) => {
      const writes = [putNext(table, toOfferItem(offer)), ...told(table, offer, type, by)];
      return (await transact(client, writes)) === undefined;
    },
  };
};

const told = (table: string, offer: Offer, type: `${string}.v1`, { owner: accountId, act }: OfferAct) => {
  const { model, offerId, state, versions, updatedAtMs } = offer;
  const data = offerData.parse({ model, offerId, state, version: versions.length });
  return toldChange(table, { type, accountId, model, act, data }, updatedAtMs);
};

const toOfferItem = (offer: Offer) => ({ ...offerKey(offer.model, offer.offerId), schema: 1, ...offer });
