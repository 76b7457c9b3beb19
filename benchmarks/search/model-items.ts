// The items that the registry's table would hold of seeded models: made when they are asked for.
import { toModelItem } from '../../lambdas/registry/adapters/items.ts';
import type { SearchDocument } from '../../lambdas/registry/domain/search/search-document.ts';
import type { Model } from '../../lambdas/registry/ports.ts';

const about = 'Trained on public data and evaluated on a held-out part of it; see the card for figures. '.repeat(4);

export const seededModel = ({
  name,
  task,
  license,
  tags,
  priceMicros,
  createdAtMs,
  updatedAtMs,
}: SearchDocument): Model => ({
  name,
  ownerAccountId: 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0',
  summary: `What ${name} does, in a line`,
  description: about,
  task,
  license,
  tags: [...tags],
  visibility: 'public',
  price: { perCallMicros: String(priceMicros), perRowMicros: '0', version: 1 },
  latestVersion: '1.0.0',
  publishedCount: 1,
  revision: 3,
  createdAtMs,
  updatedAtMs,
});

/** By partition key and sort key, as a table finds them. */
export const seededItems = (documents: readonly SearchDocument[]) => {
  const byName = new Map(documents.map((document) => [document.name, document]));
  return {
    add: (document: SearchDocument) => void byName.set(document.name, document),
    itemOf: ({ pk, sk }: { pk: string; sk: string }): Record<string, unknown> | undefined => {
      const document = byName.get(pk.slice('model#'.length));
      return document && sk === 'model' ? toModelItem(seededModel(document)) : undefined;
    },
  };
};
