// The version whose files a path asks for, as far as the caller may take them.
import { requireModel, viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import { requireDownload } from '../domain/downloads.ts';
import { checkUse, needsAccess } from '../domain/entitlement.ts';
import { isSunset, versionRetired } from '../domain/notice.ts';
import { soundVersions } from '../domain/sound-versions.ts';
import { type ServedFile, servedFiles } from '../domain/version-files.ts';
import { isOwner, maySeeVersion, noVersion } from '../domain/visibility.ts';
import type { AccessStore } from '../ports/access.ts';
import type { AliasStore, HealthStore, Model, PublishedStore, Version, VersionStore } from '../ports.ts';
import { resolveReference } from '../resolve-reference.ts';
import { findVisible, type VisibleModels } from './find-model.ts';

export interface FindFilesPorts {
  readonly models: VisibleModels;
  readonly versions: Pick<VersionStore, 'find'>;
  readonly published: Pick<PublishedStore, 'list' | 'names'>;
  readonly aliases: Pick<AliasStore, 'find'>;
  readonly health: Pick<HealthStore, 'find' | 'list'>;
}

/** Who asks for files, and when: a part of every route's request. */
export interface Asking {
  readonly caller: Caller | undefined;
  readonly clientAddress?: string | undefined;
  readonly nowMs: number;
}

export interface FoundFiles {
  readonly model: Model;
  readonly version: Version;
  readonly files: readonly ServedFile[];
  /** As whom the caller sees the model. */
  readonly accountId: string | undefined;
}

/**
 * @param reference - a version, an alias or a range: what a call of it would be given
 * @throws DomainError model_not_found, version_not_found, version_quarantined, version_retired, alias_without_target, version_state_forbids
 */
export const findFiles = async (
  ports: FindFilesPorts,
  asking: Asking,
  { model: name, reference }: { readonly model: string; readonly reference: string },
): Promise<FoundFiles> => {
  const model = await findVisible(ports.models, asking.caller, name);
  const version = await findReferenced(ports, model, reference, asking);
  return { model, version, files: servedFiles(version), accountId: viewerOf(asking.caller, name) };
};

/**
 * The account may call the model, and its files are given away.
 * @throws DomainError download_refused, permission_denied (a bound key), and what says that a call is refused (domain/entitlement.ts)
 */
export const requireFiles = async (
  access: Pick<AccessStore, 'find'>,
  { model, accountId, caller }: Pick<FoundFiles, 'model' | 'accountId'> & { readonly caller: Caller | undefined },
  nowMs: number,
): Promise<void> => {
  const known =
    accountId !== undefined && needsAccess(model, accountId) ? await access.find(model.name, accountId) : undefined;
  try {
    checkUse(model, { accountId, access: known, nowMs });
  } catch (fault) {
    // What all may take, a key that is bound to other models takes as a stranger; for more, it is no sign-in that it lacks.
    if (caller) requireModel(caller, model.name);
    throw fault;
  }
  requireDownload(model, accountId);
};

/** @throws DomainError version_not_found, version_quarantined, version_retired, alias_without_target */
export const findReferenced = (
  ports: Omit<FindFilesPorts, 'models'>,
  model: Model,
  reference: string,
  { caller, clientAddress, nowMs }: Asking,
): Promise<Version> => {
  const { versions, published, aliases, health } = ports;
  const accountId = viewerOf(caller, model.name);
  return resolveReference(
    { model, reference, caller: caller?.accountId ?? clientAddress ?? '' },
    {
      splitOf: (alias) => aliases.find(model.name, alias),
      sound: async () => {
        const [all, fared] = await Promise.all([published.list(model.name), health.list(model.name)]);
        return soundVersions(all, fared, nowMs);
      },
      look: async (name) => {
        const version = await versions.find(model.name, name);
        if (!version || !maySeeVersion(model, version, accountId)) return noVersion(model.name, name);
        if (version.state === 'retired' || isSunset(version, nowMs)) return versionRetired(version);
        return isOwner(model, accountId) || (await isSound(health, version)) ? version : quarantined(version);
      },
    },
  );
};

const isSound = async (health: Pick<HealthStore, 'find'>, { model, version }: Version): Promise<boolean> =>
  (await health.find(model, version))?.quarantinedAtMs === undefined;

const quarantined = ({ model, version }: Version) =>
  new DomainError(
    'conflict',
    'version_quarantined',
    `'${model}' ${version} is quarantined: its runs ended their process or took too long; name another version`,
  );
