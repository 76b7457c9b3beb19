/** GET /v1/models/{model}/aliases/{alias} */
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { isOwner } from '../domain/visibility.ts';
import { findVisible } from './find-model.ts';
import type { AliasPorts } from './list-aliases.ts';
import { aliasEtag, tellWholeAlias } from './tell-alias.ts';

export const getAlias =
  ({ models, aliases }: AliasPorts): UseCase<typeof registryRoutes.getAlias> =>
  async ({ caller, params }) => {
    const model = await findVisible(models, caller, params.model);
    const alias = await aliases.find(model.name, params.alias);
    if (!alias) throw noAlias(model.name, params.alias);
    const isOwn = isOwner(model, viewerOf(caller, model.name));
    return { status: 200, body: tellWholeAlias(alias, isOwn), headers: { etag: aliasEtag(alias) } };
  };

export const noAlias = (model: string, alias: string) =>
  new DomainError('not_found', 'alias_not_found', `no alias '${alias}' of '${model}'`);
