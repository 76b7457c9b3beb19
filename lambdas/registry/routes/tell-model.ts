// A model as the API tells it, and the ETag of its revision.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { downloadsOf } from '../domain/downloads.ts';
import type { VersionHealth } from '../domain/version-health.ts';
import type { Model, Version } from '../ports.ts';

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
  requiresSubscription: model.requiresSubscription ?? false,
  terms: model.terms ?? null,
  downloads: downloadsOf(model),
  ...(model.withdrawal ? { withdrawnAt: toTimestamp(model.withdrawal.atMs) } : {}),
  latestVersion: model.latestVersion ?? null,
  createdAt: toTimestamp(model.createdAtMs),
  updatedAt: toTimestamp(model.updatedAtMs),
});

/** Of a version, whose quarantine is no part of it. */
export const versionEtag = (version: Version, health?: VersionHealth): string =>
  health ? `"${version.revision}-${health.revision}"` : etagOf(version);

export const etagOf = ({ revision }: { readonly revision: number }): string => `"${revision}"`;
