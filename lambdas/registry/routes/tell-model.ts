// A model as the API tells it, and the ETag of its revision.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import type { Alias, Model } from '../ports.ts';

export const tellModel = (model: Model) => ({
  name: model.name,
  publisher: model.name.slice(0, model.name.indexOf('.')),
  summary: model.summary,
  description: model.description ?? null,
  task: model.task,
  license: model.license,
  tags: model.tags,
  visibility: model.visibility,
  price: model.price,
  latestVersion: model.latestVersion ?? null,
  createdAt: toTimestamp(model.createdAtMs),
  updatedAt: toTimestamp(model.updatedAtMs),
});

export const tellAlias = (alias: Alias) => ({
  alias: alias.alias,
  targets: [{ version: alias.version, weight: 1 }],
  createdAt: toTimestamp(alias.createdAtMs),
  updatedAt: toTimestamp(alias.updatedAtMs),
});

export const etagOf = ({ revision }: { readonly revision: number }): string => `"${revision}"`;
