// PublishedModels over any store: visibility, references and the cache. Wired in gateway.ts.
import { DomainError } from '../shared/kernel/errors.ts';
import { modelNamePattern } from '../shared/kernel/ids.ts';
import { callableModels } from './callable-models.ts';
import type { PublishedModels, PublishedVersion } from './contract.ts';
import { LATEST } from './domain/alias-name.ts';
import { entitlementOf, isEntitled, needsAccess, type Right } from './domain/entitlement.ts';
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
import { resolveReference } from './resolve-reference.ts';

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

  const splitOf = (model: string, alias: string): Promise<AliasSplit | undefined> =>
    aliasReads.get(
      `${model} ${alias}`,
      async () => {
        const found = await aliases.find(model, alias);
        // What it named before is not kept for every call.
        return found && { targets: found.targets, moveCount: found.moveCount };
      },
      (found) => found !== undefined,
    );
  const look = async (model: string, version: string): Promise<Version | DomainError> => {
    const found = await findVersion(model, version);
    return found ? (refusalOf(found, clock()) ?? found.version) : noVersion(model, version);
  };

  return {
    resolve: async ({ model: name, reference = LATEST, accountId, caller = accountId ?? '', toUse }) => {
      const { model, access: known } = await findModel(name, accountId);
      const right = toUse ? await rightTo(model, accountId, known) : undefined;
      if (model.publishedCount === 0) requireAny(model, reference);
      const version = await resolveReference(
        { model, reference, caller },
        {
          splitOf: (alias) => splitOf(name, alias),
          sound: () => sound(name),
          look: (one) => look(name, one),
        },
      );
      if (toUse) await prove(version);
      return toPublished(model, version, right);
    },

    versions: async ({ model: name, accountId }) => {
      const { model } = await findModel(name, accountId);
      return (await sound(model.name)).map(({ version }) => version);
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
const refusalOf = ({ version, isQuarantined }: Callable, nowMs: number): DomainError | undefined => {
  if (!isCallable(version.state) || isSunset(version, nowMs)) return versionRetired(version);
  return isQuarantined ? quarantined(version.model, version.version) : undefined;
};

/** @throws DomainError model_not_ready of a model that has no version to call: none yet, or, unless one is named, none any more */
const requireAny = ({ name, retiredCount, latestVersion }: Model, reference: string): void => {
  const isOver = reference === LATEST && latestVersion === undefined;
  if (retiredCount && !isOver) return;
  const why = retiredCount ? 'answers no more: all versions that it had are retired' : 'has no published version yet';
  throw new DomainError('conflict', 'model_not_ready', `'${name}' ${why}`);
};

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
