/** PUT /v1/models/{model}/aliases/{alias} — which versions it names, in which shares, and who may say so. */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import type { RouteRequest, UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { aliasPattern, LATEST } from '../domain/alias-name.ts';
import { requireMovable } from '../domain/alias-protection.ts';
import { type AliasWish, changeAlias, weighted, withLatest } from '../domain/move-alias.ts';
import type { Alias, AliasChange } from '../ports/aliases.ts';
import { actOf } from '../ports/life.ts';
import type { AliasStore, HealthStore, Model, VersionStore } from '../ports.ts';
import { ALIAS_LIMIT } from '../terms.ts';
import { requireLive } from './change-life.ts';
import { findOwn, type OwnModels } from './find-model.ts';
import { requireMatch } from './require-match.ts';
import { requireServing } from './require-serving.ts';
import { retryChanged } from './retry-changed.ts';
import { aliasEtag, tellWholeAlias } from './tell-alias.ts';

export interface SetAliasPorts extends OwnModels {
  readonly aliases: Pick<AliasStore, 'find' | 'save'>;
  readonly versions: Pick<VersionStore, 'find'>;
  readonly health: Pick<HealthStore, 'find'>;
  /** Saying who may move an alias needs more than moving it. @throws DomainError permission_denied */
  readonly requireProtecting: (caller: Pick<Caller, 'role' | 'scopes'>) => void;
}

type Route = typeof registryRoutes.setAlias;

export const setAlias =
  (ports: SetAliasPorts): UseCase<Route> =>
  async (request) => {
    const { caller, params, headers, body, nowMs } = request;
    if (body.protectedRoles !== undefined) ports.requireProtecting(caller);
    const name = { model: params.model, alias: aliasName(params.alias) };
    const { alias, isNew } = await retryChanged(async () => {
      const model = await findOwn(ports, caller, params.model);
      requireLive(model);
      const before = await ports.aliases.find(model.name, name.alias);
      requireMovable(before, caller);
      requireMatch(headers['if-match'], before && aliasEtag(before), 'alias');
      const wish = wishOf(name.alias, before, body);
      const next = changeAlias(before, name, wish, nowMs);
      if (next === before) return { alias: before, isNew: false };
      const moves = next.moveCount !== before?.moveCount;
      if (moves) await requireServing(ports, model.name, wish.targets, nowMs);
      const type = moves ? 'AliasMoved.v1' : 'AliasChanged.v1';
      const act = actOf(caller, body.reason);
      const saved = await saveAlias(ports.aliases, model, next, { type, how: 'set', before, act, nowMs });
      return saved ? { alias: next, isNew: before === undefined } : undefined;
    });
    const headersOut = { etag: aliasEtag(alias) };
    if (!isNew) return { status: 200, body: tellWholeAlias(alias, true), headers: headersOut };
    const location = `/v1/models/${alias.model}/aliases/${alias.alias}`;
    return { status: 201, body: tellWholeAlias(alias, true), headers: { ...headersOut, location } };
  };

/** @returns false when all is to be read again. @throws DomainError alias_limit_reached */
export const saveAlias = async (
  aliases: Pick<AliasStore, 'save'>,
  model: Model,
  alias: Alias,
  change: AliasChange,
): Promise<boolean> => {
  const owner = alias.alias === LATEST ? withLatest(model, alias, change.nowMs) : model;
  const outcome = await aliases.save(alias, owner, change);
  if (outcome !== 'limit') return outcome === 'saved';
  throw new DomainError(
    'conflict',
    'alias_limit_reached',
    `a model may have ${ALIAS_LIMIT} aliases beside 'latest' at most`,
  );
};

/** What is not said stays as it is. @throws DomainError validation_failed */
const wishOf = (alias: string, before: Alias | undefined, body: RouteRequest<Route>['body']): AliasWish => {
  const targets = body.targets ?? before?.targets;
  if (!targets) throw invalid('/targets', `must be given: there is no alias '${alias}' yet`);
  const pinned = body.pinned ?? (body.targets ? true : (before?.pinned ?? true));
  if (!pinned && alias !== LATEST) {
    throw invalid('/pinned', `must be true or absent, got false: publishing moves '${LATEST}' alone, never '${alias}'`);
  }
  if (!pinned && weighted(targets).length > 1) {
    throw invalid('/pinned', `must be true or absent while '${alias}' names several versions, got false`);
  }
  const protectedRoles =
    body.protectedRoles === undefined ? before?.protectedRoles : (body.protectedRoles ?? undefined);
  return { targets, pinned, protectedRoles };
};

/** @throws DomainError validation_failed */
const aliasName = (text: string): string => {
  if (aliasPattern.test(text)) return text;
  throw invalid('params/alias', `must be 1 to 64 of a-z 0-9 - _, starting with a letter, got '${text.slice(0, 64)}'`);
};

const invalid = (pointer: string, detail: string) =>
  new DomainError('invalid', 'validation_failed', `'${pointer}' ${detail}`, { errors: [{ pointer, detail }] });
