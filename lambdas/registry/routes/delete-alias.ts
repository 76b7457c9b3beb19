/** DELETE /v1/models/{model}/aliases/{alias} */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { LATEST } from '../domain/alias-name.ts';
import { requireMovable } from '../domain/alias-protection.ts';
import { actOf } from '../ports/life.ts';
import type { AliasStore } from '../ports.ts';
import { requireLive } from './change-life.ts';
import { findOwn, type OwnModels } from './find-model.ts';
import { noAlias } from './get-alias.ts';
import { requireMatch } from './require-match.ts';
import { retryChanged } from './retry-changed.ts';
import { aliasEtag } from './tell-alias.ts';

export interface DeleteAliasPorts extends OwnModels {
  readonly aliases: Pick<AliasStore, 'find' | 'remove'>;
}

export const deleteAlias =
  (ports: DeleteAliasPorts): UseCase<typeof registryRoutes.deleteAlias> =>
  async ({ caller, params, headers, nowMs }) => {
    await retryChanged(async () => {
      const model = await findOwn(ports, caller, params.model);
      requireLive(model);
      const before = await ports.aliases.find(model.name, params.alias);
      if (!before) throw noAlias(model.name, params.alias);
      requireMovable(before, caller);
      requireMatch(headers['if-match'], aliasEtag(before), 'alias');
      if (before.alias === LATEST) {
        const message = `alias '${LATEST}' of '${model.name}' stays: it is what a call without a version means`;
        throw new DomainError('conflict', 'alias_stays', message);
      }
      const change = { type: 'AliasDeleted.v1', how: 'delete', before, act: actOf(caller), nowMs } as const;
      return (await ports.aliases.remove(before, model, change)) || undefined;
    });
    return { status: 204 };
  };
