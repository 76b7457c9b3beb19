// PublishedModels over any store: visibility, references and the cache. Wired in gateway.ts.
import { DomainError } from '../shared/kernel/errors.ts';
import { modelNamePattern } from '../shared/kernel/ids.ts';
import { decodeCursor, encodeCursor } from '../shared/platform/cursor.ts';
import type { PublishedModels, PublishedVersion } from './contract.ts';
import { highestIn, readReference } from './domain/find-reference.ts';
import { mergeByName } from './domain/merge-by-name.ts';
import { pageOf } from './domain/page-of.ts';
import { LATEST } from './domain/publish-version.ts';
import { SharedReads } from './domain/shared-reads.ts';
import { maySeeModel, noModel, noVersion } from './domain/visibility.ts';
import type { AliasStore, Model, ModelStore, PublishedStore, Version } from './ports.ts';

/** How long an answer may be told again: bounds how late a change of price, visibility or `latest` counts. */
const KEEP_MS = 5_000;
const KEPT_COUNT = 2_000;
/** A version's signature, or all of a model's versions, may fill hundreds of KiB. */
const KEPT_LARGE_COUNT = 200;
const LIST_LOOK_LIMIT = 1_000;

export interface PublishedModelsPorts {
  readonly models: Pick<ModelStore, 'find' | 'walk'>;
  readonly published: PublishedStore;
  readonly aliases: Pick<AliasStore, 'find'>;
  readonly clock: () => number;
}

export const publishedModels = ({ models, published, aliases, clock }: PublishedModelsPorts): PublishedModels => {
  const kept = (maxCount: number) => ({ clock, keepMs: KEEP_MS, maxCount });
  const modelReads = new SharedReads<Model | undefined>(kept(KEPT_COUNT));
  const versionReads = new SharedReads<Version | undefined>(kept(KEPT_LARGE_COUNT));
  const namesReads = new SharedReads<readonly string[]>(kept(KEPT_LARGE_COUNT));

  // Only what can be called is kept, so that a model is there for its publisher the moment it is published.
  const findModel = async (name: string, accountId: string | undefined): Promise<Model> => {
    const model = modelNamePattern.test(name)
      ? await modelReads.get(
          name,
          () => models.find(name),
          (found) => found?.latestVersion !== undefined,
        )
      : undefined;
    if (!model || !maySeeModel(model, accountId)) throw noModel(name);
    return model;
  };
  const versionNames = (model: string) =>
    namesReads.get(
      model,
      () => published.names(model),
      (names) => names.length > 0,
    );
  const findVersion = (model: string, version: string) =>
    versionReads.get(
      `${model} ${version}`,
      () => published.find(model, version),
      (found) => found !== undefined,
    );

  const versionOf = async (model: Model, text: string): Promise<string | undefined> => {
    const reference = readReference(text);
    if (reference?.kind === 'version') return reference.version;
    if (reference?.kind === 'range') return highestIn(reference.range, await versionNames(model.name));
    if (reference?.alias === LATEST) return model.latestVersion;
    return reference && (await aliases.find(model.name, reference.alias))?.version;
  };

  return {
    resolve: async ({ model: name, reference = LATEST, accountId }) => {
      const model = await findModel(name, accountId);
      if (model.publishedCount === 0) {
        throw new DomainError('conflict', 'model_not_ready', `'${name}' has no published version yet`);
      }
      const version = await versionOf(model, reference);
      const found = version === undefined ? undefined : await findVersion(name, version);
      if (!found) throw noVersion(name, reference);
      return toPublished(model, found);
    },

    versions: async ({ model: name, accountId }) => {
      const model = await findModel(name, accountId);
      return versionNames(model.name);
    },

    list: async ({ accountId, viewerOf, limit, cursor }) => {
      const filters = { list: 'callable', signedIn: accountId !== undefined };
      const after = afterName(decodeCursor(cursor, filters));
      const walk = (ownerAccountId: string | undefined) =>
        models.walk({ ownerAccountId, publisher: undefined, after, descending: false });
      const all = accountId === undefined ? walk(undefined) : mergeByName(walk(undefined), walk(accountId), false);
      const { items, last } = await pageOf(all, {
        limit,
        lookLimit: LIST_LOOK_LIMIT,
        matches: (model) => maySeeModel(model, viewerOf(model.name)) && model.latestVersion !== undefined,
      });
      return {
        models: items.flatMap(({ name, latestVersion }) =>
          latestVersion === undefined ? [] : [{ model: name, version: latestVersion, ready: true }],
        ),
        next: encodeCursor(last && { after: last.name }, filters),
      };
    },
  };
};

const toPublished = (model: Model, version: Version): PublishedVersion => {
  if (!version.validated)
    throw new Error(`a published version must have passed the scan: ${model.name} ${version.version}`);
  const { signature, artifact, lane } = version.validated;
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
  };
};

/** @throws DomainError invalid_cursor */
const afterName = (content: Readonly<Record<string, string | number>> | undefined): string | undefined => {
  if (content === undefined) return undefined;
  if (typeof content.after === 'string' && modelNamePattern.test(content.after)) return content.after;
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};
