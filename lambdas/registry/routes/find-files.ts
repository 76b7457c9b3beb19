// The version whose files a path asks for, as far as the caller may take them.
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Caller } from '../../shared/platform/caller.ts';
import { LATEST } from '../domain/alias-name.ts';
import { requireDownload } from '../domain/downloads.ts';
import { checkUse, needsAccess } from '../domain/entitlement.ts';
import { highestIn, readReference } from '../domain/find-reference.ts';
import { versionRetired } from '../domain/notice.ts';
import { type ServedFile, servedFiles } from '../domain/version-files.ts';
import { isOwner, maySeeVersion, noVersion } from '../domain/visibility.ts';
import type { AccessStore } from '../ports/access.ts';
import type { AliasStore, HealthStore, Model, PublishedStore, Version, VersionStore } from '../ports.ts';
import { findVisible, type VisibleModels } from './find-model.ts';

export interface FindFilesPorts {
  readonly models: VisibleModels;
  readonly versions: Pick<VersionStore, 'find'>;
  readonly published: Pick<PublishedStore, 'names'>;
  readonly aliases: Pick<AliasStore, 'find'>;
  readonly health: Pick<HealthStore, 'find' | 'list'>;
}

export interface FoundFiles {
  readonly model: Model;
  readonly version: Version;
  readonly files: readonly ServedFile[];
  /** As whom the caller sees the model. */
  readonly accountId: string | undefined;
}

/**
 * @param reference - a version, an alias or a range
 * @throws DomainError model_not_found, version_not_found, version_quarantined, version_state_forbids
 */
export const findFiles = async (
  ports: FindFilesPorts,
  caller: Caller | undefined,
  { model: name, reference }: { readonly model: string; readonly reference: string },
): Promise<FoundFiles> => {
  const model = await findVisible(ports.models, caller, name);
  const accountId = viewerOf(caller, name);
  const version = await findReferenced(ports, model, reference, accountId);
  return { model, version, files: servedFiles(version), accountId };
};

/**
 * The account may call the model, and its files are given away.
 * @throws DomainError download_refused, and what says that a call is refused (domain/entitlement.ts)
 */
export const requireFiles = async (
  access: Pick<AccessStore, 'find'>,
  { model, accountId }: Pick<FoundFiles, 'model' | 'accountId'>,
  nowMs: number,
): Promise<void> => {
  const known =
    accountId !== undefined && needsAccess(model, accountId) ? await access.find(model.name, accountId) : undefined;
  checkUse(model, { accountId, access: known, nowMs });
  requireDownload(model, accountId);
};

/** @throws DomainError version_not_found, version_quarantined, version_retired */
export const findReferenced = async (
  ports: Omit<FindFilesPorts, 'models'>,
  model: Model,
  text: string,
  accountId: string | undefined,
): Promise<Version> => {
  const name = await nameOf(ports, model, text);
  const version = name === undefined ? undefined : await ports.versions.find(model.name, name);
  if (!version || !maySeeVersion(model, version, accountId)) throw noVersion(model.name, text);
  if (version.state === 'retired') throw versionRetired(version);
  if (!isOwner(model, accountId)) await requireSound(ports.health, version);
  return version;
};

const nameOf = async (
  { aliases, published, health }: Pick<FindFilesPorts, 'aliases' | 'published' | 'health'>,
  model: Model,
  text: string,
): Promise<string | undefined> => {
  const reference = readReference(text);
  if (reference?.kind === 'version') return reference.version;
  if (reference?.kind === 'range') {
    const [names, fared] = await Promise.all([published.names(model.name), health.list(model.name)]);
    const out = new Set(fared.flatMap((one) => (one.quarantinedAtMs === undefined ? [] : one.version)));
    return highestIn(
      reference.range,
      names.filter((name) => !out.has(name)),
    );
  }
  if (reference?.alias === LATEST) return model.latestVersion;
  return reference && (await aliases.find(model.name, reference.alias))?.version;
};

const requireSound = async (health: Pick<HealthStore, 'find'>, { model, version }: Version) => {
  if ((await health.find(model, version))?.quarantinedAtMs === undefined) return;
  throw new DomainError(
    'conflict',
    'version_quarantined',
    `'${model}' ${version} is quarantined: its runs ended their process or took too long; name another version`,
  );
};
