/** GET /v1/models/{model}/aliases/{alias} */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { findVisible } from './find-model.ts';
import type { AliasPorts } from './list-aliases.ts';
import { tellAlias } from './tell-model.ts';

export const getAlias =
  ({ models, aliases }: AliasPorts): UseCase<typeof registryRoutes.getAlias> =>
  async ({ caller, params }) => {
    const model = await findVisible(models, caller, params.model);
    const alias = await aliases.find(model.name, params.alias);
    if (!alias) {
      throw new DomainError('not_found', 'alias_not_found', `no alias '${params.alias}' of '${model.name}'`);
    }
    return { status: 200, body: tellAlias(alias) };
  };
