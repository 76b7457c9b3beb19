// PublishedModels over any store: visibility, references and the cache. Wired in gateway.ts.
import { DomainError } from '../shared/kernel/errors.ts';
import { modelNamePattern } from '../shared/kernel/ids.ts';
import { callableModels } from './callable-models.ts';
import { targetsFor } from './choose-target.ts';
import type { PublishedModels, PublishedVersion } from './contract.ts';
import { LATEST } from './domain/alias-name.ts';
import { entitlementOf, isEntitled, needsAccess, type Right } from './domain/entitlement.ts';
import { highestIn, readReference } from './domain/find-reference.ts';
import { nextLatest } from './domain/next-latest.ts';
import { isSunset, versionRetired } from './domain/notice.ts';
import { SharedReads } from './domain/shared-reads.ts';
import { soundVersions } from './domain/sound-versions.ts';
import { isRunning } from './domain/subscription.ts';
import { isCallable } from './domain/version-state.ts';
import { isOwner, maySeeModel, noModel, noVersion } from './domain/visibility.ts';
import type { Access, AccessStore } from './ports/access.ts';
import type { AliasSplit } from './ports/aliases.ts';
import type { Offer, OfferStore } from './ports/subscriptions.ts';
import type { AliasStore, CallableVersion, HealthStore, Model, ModelStore, PublishedStore, Version } from './ports.ts';

/** How long an answer may be told again: bounds how late a change of price, visibility or `latest` counts. */
const KEEP_MS = 5_000;
const KEPT_COUNT = 2_000;
/** A version's signature, or all of a model's versions, may fill hundreds of KiB. */
const KEPT_LARGE_COUNT = 200;

export interface PublishedModelsPorts {
  readonly models: Pick<ModelStore, 'find' | 'walk'>;
  readonly published: PublishedStore;
  readonly aliases: Pick<AliasStore, 'find'>;
  readonly health: Pick<HealthStore, 'find' | 'list'>;
  readonly access: Pick<AccessStore, 'find' | 'ofAccount'>;
  readonly offers: Pick<OfferStore, 'find'>;
  readonly clock: () => number;
  /** Whether what is stored of the version was signed so. @throws DomainError manifest_invalid @default nothing is checked */
  readonly requireManifest?: ((version: Version) => Promise<void>) | undefined;
}

export const publishedModels = ({
  models,
  published,
  aliases,
  health,
  access,
  offers,
  clock,
  requireManifest,
}: PublishedModelsPorts): PublishedModels => {
  const kept = (maxCount: number) => ({ clock, keepMs: KEEP_MS, maxCount });
  const modelReads = new SharedReads<Model | undefined>(kept(KEPT_COUNT));
  const versionReads = new SharedReads<Callable | undefined>(kept(KEPT_LARGE_COUNT));
  const accessReads = new SharedReads<Access | undefined>(kept(KEPT_COUNT));
  const soundReads = new SharedReads<readonly CallableVersion[]>(kept(KEPT_LARGE_COUNT));
  const aliasReads = new SharedReads<AliasSplit | undefined>(kept(KEPT_COUNT));

  // Only what can be called is kept, so that a model is there for its publisher the moment it is published.
  const findModel = async (name: string, accountId: string | undefined): Promise<Seen> => {
    const model = modelNamePattern.test(name)
      ? await modelReads.get(
          name,
          () => models.find(name),
          (found) => found?.latestVersion !== undefined,
        )
      : undefined;
    if (!model) throw noModel(name);
    const known = needsAccess(model, accountId) ? await findAccess(model, accountId) : undefined;
    if (model.suspension) throw suspendedTo(model, accountId, known);
    if (model.withdrawal) await requireSubscriber(model, accountId);
    else if (!maySeeModel(model, accountId, known)) throw noModel(name);
    return { model, access: known };
  };
  // Kept once it lets the account in, so that what the publisher decides counts at once.
  const findAccess = async (model: Model, accountId: string | undefined) =>
    accountId === undefined
      ? undefined
      : accessReads.get(
          `${model.name} ${accountId}`,
          () => access.find(model.name, accountId),
          (found) => isEntitled(model, found, clock()),
        );
  const offerReads = new SharedReads<Offer | undefined>(kept(KEPT_COUNT));
  const rightTo = async (model: Model, accountId: string | undefined, known: Access | undefined): Promise<Right> => {
    const nowMs = clock();
    const offerId = isRunning(known?.subscription, nowMs) ? known?.subscription?.offerId : undefined;
    const offer =
      offerId === undefined
        ? undefined
        : await offerReads.get(
            offerId,
            () => offers.find(model.name, offerId),
            (found) => found !== undefined,
          );
    return entitlementOf(model, { accountId, access: known, offer, nowMs });
  };
  /** A withdrawn model goes on for those who paid for it, and for nobody else. */
  const requireSubscriber = async (model: Model, accountId: string | undefined) => {
    if (accountId !== undefined && isRunning((await access.find(model.name, accountId))?.subscription, clock())) return;
    throw isOwner(model, accountId) ? withdrawn(model.name) : noModel(model.name);
  };
  const findCallable = async (model: string, name: string): Promise<Callable | undefined> => {
    const [version, fared] = await Promise.all([published.find(model, name), health.find(model, name)]);
    return version && { version, isQuarantined: fared?.quarantinedAtMs !== undefined };
  };
  const sound = async (model: string): Promise<readonly CallableVersion[]> => {
    const known = await soundReads.get(
      model,
      async () => {
        const [all, fared] = await Promise.all([published.list(model), health.list(model)]);
        return soundVersions(all, fared, clock());
      },
      (found) => found.length > 0,
    );
    // Their notice may have ended since they were read.
    return soundVersions(known, [], clock());
  };
  const versionNames = async (model: string) => (await sound(model)).map(({ version }) => version);
  const findVersion = (model: string, version: string) =>
    versionReads.get(
      `${model} ${version}`,
      () => findCallable(model, version),
      (found) => found !== undefined,
    );

  const proven = new WeakSet<Version>();
  /** Once for what was read: what is read anew is proven anew. */
  const prove = async (version: Version) => {
    if (!requireManifest || proven.has(version)) return;
    await requireManifest(version);
    proven.add(version);
  };

  const splitOf = async (model: Model, alias: string): Promise<AliasSplit | undefined> => {
    if (alias === LATEST) {
      const { latestVersion: version, latestSplit } = model;
      return latestSplit ?? (version === undefined ? undefined : { targets: [{ version, weight: 1 }], moveCount: 0 });
    }
    return aliasReads.get(
      `${model.name} ${alias}`,
      async () => {
        const found = await aliases.find(model.name, alias);
        // What it named before is not kept for every call.
        return found && { targets: found.targets, moveCount: found.moveCount };
      },
      (found) => found !== undefined,
    );
  };
  /** Versions that the reference may stand for, the caller's own first; of an alias several, any of which will do. */
  const versionsOf = async (model: Model, text: string, caller: string): Promise<readonly string[]> => {
    const reference = readReference(text);
    if (reference?.kind === 'version') return [reference.version];
    if (reference?.kind === 'range') {
      const highest = highestIn(reference.range, await versionNames(model.name));
      return highest === undefined ? [] : [highest];
    }
    const split = reference && (await splitOf(model, reference.alias));
    return split ? targetsFor({ model: model.name, alias: reference.alias, split, caller }) : [];
  };
  /** What the clock will have `latest` name, once it has retired what is at the end of its notice. */
  const findNextLatest = async (model: string): Promise<Version | undefined> => {
    const next = nextLatest(await sound(model));
    const found = next === undefined ? undefined : await findVersion(model, next);
    return found && !refusalOf(found, model, found.version.version, clock()) ? found.version : undefined;
  };

  return {
    resolve: async ({ model: name, reference = LATEST, accountId, caller = accountId ?? '', toUse }) => {
      const { model, access: known } = await findModel(name, accountId);
      const right = toUse ? await rightTo(model, accountId, known) : undefined;
      if (model.publishedCount === 0 && !model.retiredCount) {
        throw new DomainError('conflict', 'model_not_ready', `'${name}' has no published version yet`);
      }
      const versions = await versionsOf(model, reference, caller);
      const give = async (version: Version) => {
        if (toUse) await prove(version);
        return toPublished(model, version, right);
      };
      const refusals: DomainError[] = [];
      for (const version of versions) {
        const found = await findVersion(name, version);
        const refusal = refusalOf(found, name, version, clock());
        if (found && !refusal) return give(found.version);
        if (refusal) refusals.push(refusal);
      }
      const next = reference === LATEST && isOver(refusals) ? await findNextLatest(name) : undefined;
      if (next) return give(next);
      throw versions.length > 1 ? noTarget(name, reference, versions) : (refusals[0] ?? noVersion(name, reference));
    },

    versions: async ({ model: name, accountId }) => {
      const { model } = await findModel(name, accountId);
      return versionNames(model.name);
    },

    list: callableModels({ models, health, access, findAccess, clock }),
  };
};

/** A model that the account sees, and what is kept of both where that counts. */
interface Seen {
  readonly model: Model;
  readonly access: Access | undefined;
}

/** A published version, and whether it may be called. */
interface Callable {
  readonly version: Version;
  readonly isQuarantined: boolean;
}

/** Why the version is not the one to call; undefined: it is. */
const refusalOf = (
  found: Callable | undefined,
  model: string,
  version: string,
  nowMs: number,
): DomainError | undefined => {
  if (!found) return noVersion(model, version);
  if (!isCallable(found.version.state) || isSunset(found.version, nowMs)) return versionRetired(found.version);
  return found.isQuarantined ? quarantined(model, version) : undefined;
};

/** All that the alias named has come to its end; what named nothing stays so. */
const isOver = (refusals: readonly DomainError[]): boolean =>
  refusals.length > 0 && refusals.every(({ code }) => code === 'version_retired');

const noTarget = (model: string, alias: string, versions: readonly string[]) =>
  new DomainError(
    'conflict',
    'alias_without_target',
    `none of the versions that alias '${alias}' of '${model}' names can be called: ${versions.join(', ')} are retired or quarantined; name another version`,
  );

const quarantined = (model: string, version: string) =>
  new DomainError(
    'conflict',
    'version_quarantined',
    `'${model}' ${version} is quarantined: its runs ended their process or took too long, or a later scanner refuses it; name another version, or ask its publisher for one that is mended`,
  );

const withdrawn = (model: string) =>
  new DomainError(
    'conflict',
    'model_withdrawn',
    `'${model}' was deleted; it is called by none but those who paid for it`,
  );

/** Who could see it else is told; to all others it is missing as before. */
const suspendedTo = ({ suspension: _, ...model }: Model, accountId: string | undefined, known: Access | undefined) =>
  maySeeModel(model, accountId, known)
    ? new DomainError('forbidden', 'model_suspended', `'${model.name}' is suspended by the platform's operators`)
    : noModel(model.name);

const toPublished = (model: Model, version: Version, right: Right | undefined): PublishedVersion => {
  if (!version.validated)
    throw new Error(`a published version must have passed the scan: ${model.name} ${version.version}`);
  const { signature, artifact, lane, products, envelope } = version.validated;
  return {
    model: model.name,
    version: version.version,
    ownerAccountId: model.ownerAccountId,
    visibility: model.visibility,
    summary: model.summary,
    task: model.task,
    price: model.price,
    signature,
    artifact,
    lane,
    triedInputBytes: envelope.inputBytes,
    deprecation: version.deprecation,
    products,
    ...(right ?? {}),
  };
};
