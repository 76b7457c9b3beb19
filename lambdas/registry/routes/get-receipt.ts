/** GET /v1/models/{model}/versions/{version}/receipt — what the purge of a retired version deleted. */
import { viewerOf } from '../../accounts/gateway.ts';
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { isOwner } from '../domain/visibility.ts';
import type { LifeStore } from '../ports/life.ts';
import type { ModelStore, VersionStore } from '../ports.ts';
import { findVersion, findVisible } from './find-model.ts';

export interface GetReceiptPorts {
  readonly models: Pick<ModelStore, 'find'>;
  readonly versions: Pick<VersionStore, 'find'>;
  readonly life: Pick<LifeStore, 'receipt'>;
}

export const getReceipt =
  ({ models, versions, life }: GetReceiptPorts): UseCase<typeof registryRoutes.getReceipt> =>
  async ({ caller, params }) => {
    const model = await findVisible(models, caller, params.model);
    const viewer = viewerOf(caller, model.name);
    const version = await findVersion(versions, model, params.version, viewer);
    const receipt = await life.receipt(model.name, version.version);
    if (!receipt) {
      const message = `'${model.name}' ${version.version} is '${version.state}' and was not purged`;
      throw new DomainError('not_found', 'receipt_not_found', message);
    }
    const { retirement, purgedAtMs, objects } = receipt;
    const { by } = retirement;
    return {
      status: 200,
      body: {
        model: model.name,
        version: version.version,
        retiredAt: toTimestamp(retirement.atMs),
        purgedAt: toTimestamp(purgedAtMs),
        rule: retirement.rule,
        reason: retirement.reason,
        // Which person or key it was is the owner's business.
        by: isOwner(model, viewer) ? { ...by } : { kind: by.kind },
        objects: objects.map((object) => ({ ...object, sizeBytes: object.sizeBytes ?? null })),
      },
    };
  };
