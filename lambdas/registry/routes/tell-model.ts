// A model as the API tells it, and the ETag of its revision.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { LEAST_CALLERS_TOLD } from '../domain/count-usage.ts';
import { downloadsOf } from '../domain/downloads.ts';
import { bayesianRating } from '../domain/rating.ts';
import type { VersionHealth } from '../domain/version-health.ts';
import type { ModelDirectory } from '../ports/search.ts';
import type { ModelStats } from '../ports/stats.ts';
import type { Model, Version } from '../ports.ts';

/** @param stats - undefined: it has none yet */
export const tellModel = (model: Model, stats: ModelStats | undefined) => ({
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
  terms: model.terms ? { version: model.terms.version, sha256: model.terms.sha256 } : null,
  downloads: downloadsOf(model),
  ...(model.withdrawal ? { withdrawnAt: toTimestamp(model.withdrawal.atMs) } : {}),
  ...(model.suspension
    ? { suspension: { since: toTimestamp(model.suspension.atMs), reason: model.suspension.reason } }
    : {}),
  latestVersion: model.latestVersion ?? null,
  rating: tellRating(stats),
  usage: tellUsage(stats),
  createdAt: toTimestamp(model.createdAtMs),
  updatedAt: toTimestamp(model.updatedAtMs),
});

const tellUsage = ({ callCount, callerCount, downloadCount }: UsedStats = NEVER_USED) => ({
  callCount: Math.max(0, callCount),
  callerCount: callerCount < LEAST_CALLERS_TOLD ? null : callerCount,
  downloadCount,
});

type UsedStats = Pick<ModelStats, 'callCount' | 'callerCount' | 'downloadCount'>;
const NEVER_USED: UsedStats = { callCount: 0, callerCount: 0, downloadCount: 0 };

const inHundredths = (rating: number) => Math.round(rating * 100) / 100;

export const tellRating = (stats: ModelStats | undefined) =>
  stats === undefined || stats.ratingCount === 0
    ? { average: null, mean: null, count: 0 }
    : {
        average: inHundredths(bayesianRating(stats)),
        mean: inHundredths(stats.ratingSum / stats.ratingCount),
        count: stats.ratingCount,
      };

/** A model, and its stats read anew. */
export const tellWithStats = async (directory: Pick<ModelDirectory, 'statsOf'>, model: Model) =>
  tellModel(model, (await directory.statsOf([model.name])).get(model.name));

/** Of a version, whose quarantine is no part of it. */
export const versionEtag = (version: Version, health?: VersionHealth): string =>
  health ? `"${version.revision}-${health.revision}"` : etagOf(version);

export const etagOf = ({ revision }: { readonly revision: number }): string => `"${revision}"`;
