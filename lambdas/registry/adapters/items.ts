// What the registry table holds. Keys: `pk`, `sk`; `expiresAt` is the table's TTL and nothing else.
//
//   pk                      sk                  item
//   model#<name>            model               model; gsi1: catalogue / <name>, while others may see it;
//                                               gsi2: acc_… / <name>
//   model#<name>            count               versions made so far, and aliases there are beside `latest`
//   model#<name>            version#<sort key>  version; the key sorts as semantic versions do
//   model#<name>            published#<sort key> that the version may be called, and until when: small, so that all can
//                                               be read
//   model#<name>            receipt#<sort key>  what the purge of a retired version deleted (adapters/dynamo-life.ts)
//   due                     <ms>#<model>#<v>    what the clock has to do: end a notice, purge, end a withdrawn model, tell
//                                               that a subscription ended (adapters/due-items.ts)
//   holds#<model>           <sort key>#<sha256> that a version needs an object (adapters/dynamo-holds.ts)
//   object#<sha256>         object              how many versions do, and whether it is being deleted
//   model#<name>            alias#<alias>       what the alias names and named before (adapters/dynamo-aliases.ts)
//   model#<name>            card                what its publisher says of it (adapters/dynamo-cards.ts)
//   health#<model>          version#<sort key>  how a version's runs fared (adapters/dynamo-health.ts)
//   history#<model>         evt_…               who changed what of it and why, under the id of the event that told of it
//                                               (adapters/told-change.ts)
//   downloads#<model>       day#<yyyy-mm-dd>    how often it was downloaded on that day; `total`: ever
//   downloads#<model>       mark#<day>#<sort key>#<acc_…>  that the account has been counted for the version (adapters/dynamo-downloads.ts)
//   downloads#<model>       by#acc_…            that the account fetched a file that only those let in may fetch
//   model#<name>            stats               what its reviews and calls add up to (adapters/stats-item.ts)
//   reviews#<model>         rvw_…               review (adapters/dynamo-reviews.ts); gsi1: reviews#<model> / <rating>#<id>
//   reviews#<model>         by#acc_…            which of them is the account's
//   user#<model>            acc_…               how often an account called it, and when first and last
//   counted#evt_…           mark                that an event of sealed usage has been counted; expires
//   reports#<state>         rpt_…               report of abuse, open or resolved (adapters/dynamo-reports.ts)
//   reported#<model>        <review>#acc_…      which of them is the account's on the review, or on the `model`
//   renewal                 walk                how far the walk that renews products is
//   acc_…                   claim#<sha256>      idempotency key that made a model, a version, an offer or a subscription
//   model#<name>            access#acc_…        what another account may do (adapters/dynamo-access.ts); gsi2: acc_…#access / <name>
//   model#<name>            offer#off_…         offer with all its versions (adapters/dynamo-offers.ts)
//   acc_…                   subscription#sub_…  copy of what the access item holds, to be found by its id
//   model#<name>            terms#<version>     terms of use, never changed
//   model#<name>            accepted#acc_…#<version>#<ms>  evidence of an acceptance, never changed
//   outbox#<n>              evt_…               event to be published
import * as z from 'zod/mini';
import { sortKeyOf } from '../domain/version-order.ts';
import type { Model, Version } from '../ports.ts';
import { downloadRules, lanes, retirementRules, versionStates, visibilities } from '../terms.ts';
import {
  artifactSchema,
  envelopeSchema,
  fileSchema,
  notMadeSchema,
  productSchema,
  rejectionSchema,
  scanFindingsSchema,
  scanSmokeSchema,
  signatureSchema,
} from '../version-parts.ts';

const stored = { schema: z.literal(1) };
const times = { createdAtMs: z.int(), updatedAtMs: z.int() };

/** What stays of an alias while its callers keep their sides. */
export const aliasSplit = z.object({
  targets: z.array(z.object({ version: z.string(), weight: z.int() })),
  moveCount: z.int(),
});

export const modelItem = z.pipe(
  z.object({
    ...stored,
    name: z.string(),
    ownerAccountId: z.string(),
    summary: z.string(),
    description: z.optional(z.string()),
    task: z.string(),
    license: z.string(),
    tags: z.array(z.string()),
    visibility: z.enum(visibilities),
    requiresSubscription: z.optional(z.boolean()),
    hasOffers: z.optional(z.boolean()),
    terms: z.optional(z.object({ version: z.string(), sha256: z.string(), setAtMs: z.optional(z.int()) })),
    price: z.object({ perCallMicros: z.string(), perRowMicros: z.string(), version: z.int() }),
    downloads: z.optional(z.enum(downloadRules)),
    latestVersion: z.optional(z.string()),
    latestSplit: z.optional(aliasSplit),
    publishedCount: z.int(),
    retiredCount: z.optional(z.int()),
    withdrawal: z.optional(z.object({ atMs: z.int(), reason: z.string() })),
    suspension: z.optional(z.object({ atMs: z.int(), reason: z.string() })),
    revision: z.int(),
    ...times,
  }),
  z.transform(({ schema: _, description, latestVersion, ...rest }): Model => ({ ...rest, description, latestVersion })),
);

const upload = z.union([
  z.object({ kind: z.literal('form'), key: z.string() }),
  z.object({ kind: z.literal('parts'), key: z.string(), uploadId: z.string() }),
]);

const deprecationItem = z.object({
  sinceMs: z.int(),
  sunsetAtMs: z.int(),
  successor: z.optional(z.string()),
  reason: z.string(),
});

export const actorItem = z.union([
  z.object({ kind: z.literal('key'), userId: z.string(), keyId: z.string() }),
  z.object({ kind: z.enum(['user', 'operator']), userId: z.string() }),
  z.object({ kind: z.literal('platform') }),
]);

export const retirementItem = z.object({
  atMs: z.int(),
  successor: z.optional(z.string()),
  reason: z.string(),
  rule: z.enum(retirementRules),
  by: actorItem,
  purgedAtMs: z.optional(z.int()),
});

const scanItem = z.object({
  scanner: z.string(),
  atMs: z.int(),
  findings: z.optional(scanFindingsSchema),
  warnings: z.array(z.string()),
  smoke: z.optional(scanSmokeSchema),
  rejection: z.optional(rejectionSchema),
});

const manifestItem = z.object({
  schema: z.literal(1),
  signedAtMs: z.int(),
  scanner: z.string(),
  keyId: z.string(),
  signature: z.string(),
});

export const versionItem = z.pipe(
  z.object({
    /** 1: of one file. */
    schema: z.literal([1, 2]),
    model: z.string(),
    version: z.string(),
    ownerAccountId: z.string(),
    state: z.enum(versionStates),
    file: z.optional(fileSchema),
    files: z.optional(z.array(fileSchema)),
    batchInput: z.optional(z.string()),
    upload: z.optional(upload),
    uploads: z.optional(z.array(upload)),
    pinnedVersionId: z.optional(z.string()),
    pinnedVersionIds: z.optional(z.array(z.string())),
    validated: z.optional(
      z.object({
        signature: signatureSchema,
        artifact: z.extend(artifactSchema, { key: z.string() }),
        envelope: envelopeSchema,
        lane: z.enum(lanes),
        products: z._default(z.array(z.extend(productSchema, { key: z.string() })), []),
        notMade: z.optional(z.array(notMadeSchema)),
        manifest: z.optional(manifestItem),
        examples: z.optional(z.extend(artifactSchema, { key: z.string(), count: z.int(), made: z.boolean() })),
      }),
    ),
    rejection: z.optional(rejectionSchema),
    scan: z.optional(scanItem),
    revision: z.int(),
    ...times,
    publishedAtMs: z.optional(z.int()),
    deprecation: z.optional(deprecationItem),
    retirement: z.optional(retirementItem),
  }),
  z.transform(
    ({
      schema: _,
      file,
      files,
      batchInput,
      upload,
      uploads,
      pinnedVersionId,
      pinnedVersionIds,
      validated,
      rejection,
      publishedAtMs,
      ...rest
    }): Version => ({
      ...rest,
      files: files ?? listOf(file),
      batchInput,
      uploads: uploads ?? listOf(upload),
      pinnedVersionIds: pinnedVersionIds ?? (pinnedVersionId === undefined ? undefined : [pinnedVersionId]),
      validated,
      rejection,
      publishedAtMs,
    }),
  ),
);

/** `sunsetAtMs`: of a deprecated one. */
export const publishedItem = z.object({ ...stored, version: z.string(), sunsetAtMs: z.optional(z.int()) });

const listOf = <T>(one: T | undefined): T[] => (one === undefined ? [] : [one]);

export const claimItem = z.object({
  ...stored,
  requestSha256: z.string(),
  made: z.optional(z.string()),
  /** Seconds. */
  expiresAt: z.int(),
});

const modelPk = (name: string) => `model#${name}`;

export const modelKey = (name: string) => ({ pk: modelPk(name), sk: 'model' });
export const countKey = (name: string) => ({ pk: modelPk(name), sk: 'count' });
export const versionKey = (name: string, version: string) => ({
  pk: modelPk(name),
  sk: `version#${sortKeyOf(version)}`,
});
export const PUBLISHED = 'published#';
export const publishedKey = (name: string, version: string) => ({
  pk: modelPk(name),
  sk: `${PUBLISHED}${sortKeyOf(version)}`,
});
export const aliasKey = (name: string, alias: string) => ({ pk: modelPk(name), sk: `alias#${alias}` });

export const cardKey = (name: string) => ({ pk: modelPk(name), sk: 'card' });

/** The index partition of what everybody may see. */
export const CATALOGUE = 'catalogue';

export const toModelItem = (model: Model) => ({
  ...modelKey(model.name),
  schema: 1,
  ...model,
  gsi2pk: model.ownerAccountId,
  gsi2sk: model.name,
  ...(model.visibility !== 'private' && model.publishedCount > 0 && !model.withdrawal && !model.suspension
    ? { gsi1pk: CATALOGUE, gsi1sk: model.name }
    : {}),
});

export const toVersionItem = (version: Version) => ({
  ...versionKey(version.model, version.version),
  schema: 2,
  ...version,
});
