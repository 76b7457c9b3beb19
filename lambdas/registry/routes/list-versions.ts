/** GET /v1/models/{model}/versions — highest first; to others, the published ones. A page ends by count or by bytes. */
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { decodeCursor, encodeCursor } from '../../shared/platform/cursor.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { isVersion } from '../domain/version-order.ts';
import { isOwner } from '../domain/visibility.ts';
import { PAGE_LIMIT_BYTES, withinBytes } from '../domain/within-bytes.ts';
import type { HealthStore, ModelStore, VersionStore } from '../ports.ts';
import { findVisible } from './find-model.ts';
import { tellVersion } from './tell-version.ts';

export interface ListVersionsPorts {
  readonly models: Pick<ModelStore, 'find'>;
  readonly versions: Pick<VersionStore, 'list'>;
  readonly health: Pick<HealthStore, 'list'>;
}

export const listVersions =
  ({ models, versions, health }: ListVersionsPorts): UseCase<typeof registryRoutes.listVersions> =>
  async ({ caller, params, query }) => {
    const model = await findVisible(models, caller, params.model);
    const publishedOnly = !isOwner(model, viewerOf(caller, model.name));
    const filters = { list: 'versions', model: model.name, publishedOnly };
    const after = afterVersion(decodeCursor(query.cursor, filters));
    const [{ items, last }, fared] = await Promise.all([
      versions.list({ model: model.name, publishedOnly, limit: query.limit, after }),
      health.list(model.name),
    ]);
    const healthOf = new Map(fared.map((one) => [one.version, one]));
    const told = withinBytes(
      items.map((version) => tellVersion(version, healthOf.get(version.version))),
      PAGE_LIMIT_BYTES,
    );
    const end = told.length < items.length ? told.at(-1)?.version : last;
    const next = encodeCursor(end === undefined ? undefined : { after: end }, filters);
    return { status: 200, body: { items: told, next } };
  };

/** @throws DomainError invalid_cursor */
const afterVersion = (content: Readonly<Record<string, string | number>> | undefined): string | undefined => {
  if (content === undefined) return undefined;
  if (typeof content.after === 'string' && isVersion(content.after)) return content.after;
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};
