/** POST /v1/models/{model}/aliases/{alias}/rollback — one call, back to what it named before. */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { requireMovable } from '../domain/alias-protection.ts';
import { rollBack } from '../domain/move-alias.ts';
import type { Alias } from '../ports/aliases.ts';
import { actOf } from '../ports/life.ts';
import { requireLive } from './change-life.ts';
import { findOwn } from './find-model.ts';
import { noAlias } from './get-alias.ts';
import { requireMatch } from './require-match.ts';
import { servingOf } from './require-serving.ts';
import { retryChanged } from './retry-changed.ts';
import { type SetAliasPorts, saveAlias } from './set-alias.ts';
import { aliasEtag, tellWholeAlias } from './tell-alias.ts';

export type RollBackPorts = Omit<SetAliasPorts, 'requireProtecting'>;

export const rollBackAlias =
  (ports: RollBackPorts): UseCase<typeof registryRoutes.rollBackAlias> =>
  async ({ caller, params, headers, body, nowMs }) => {
    const alias = await retryChanged(async () => {
      const model = await findOwn(ports, caller, params.model);
      requireLive(model);
      const before = await ports.aliases.find(model.name, params.alias);
      if (!before) throw noAlias(model.name, params.alias);
      requireMovable(before, caller);
      requireMatch(headers['if-match'], aliasEtag(before), 'alias');
      const serving = await servingOf(ports, model.name, named(before), nowMs);
      const back = rollBack(before, (version) => serving.has(version), nowMs);
      if (!back) throw nothingToRollBack(before);
      const act = actOf(caller, body?.reason);
      const change = { type: 'AliasMoved.v1', how: 'rollback', before, act, nowMs } as const;
      return (await saveAlias(ports.aliases, model, back, change)) ? back : undefined;
    });
    return { status: 200, body: tellWholeAlias(alias, true), headers: { etag: aliasEtag(alias) } };
  };

/** With what it names now: of both, versions that get no callers may have come to their end. */
const named = (alias: Alias): readonly string[] =>
  [alias, ...alias.history].flatMap(({ targets }) => targets.map(({ version }) => version));

const nothingToRollBack = ({ model, alias, history }: Alias) =>
  new DomainError(
    'conflict',
    'nothing_to_roll_back',
    history.length === 0
      ? `alias '${alias}' of '${model}' named nothing else before`
      : `nothing that alias '${alias}' of '${model}' named before can be called any more`,
  );
