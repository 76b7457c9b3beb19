// What the registry table holds. Keys: `pk`, `sk`; `expiresAt` is the table's TTL and nothing else.
//
//   pk                      sk                  item
//   model#<name>            model               model; gsi1: catalogue / <name>, while others may see it;
//                                               gsi2: acc_… / <name>
//   model#<name>            count               versions made so far
//   model#<name>            version#<sort key>  version; the key sorts as semantic versions do
//   model#<name>            published#<sort key> that the version is published: small, so that all can be read
//   model#<name>            alias#<alias>       what the alias names
//   acc_…                   claim#<sha256>      idempotency key that made a model or a version
//   outbox#<n>              evt_…               event to be published
import { z } from 'zod';
import { sortKeyOf } from '../domain/version-order.ts';
import type { Alias, Model, Version } from '../ports.ts';
import {
  artifactSchema,
  envelopeSchema,
  fileSchema,
  lanes,
  rejectionSchema,
  signatureSchema,
  versionStates,
  visibilities,
} from '../wire.ts';

const stored = { schema: z.literal(1) };
const times = { createdAtMs: z.number().int(), updatedAtMs: z.number().int() };

export const modelItem = z
  .object({
    ...stored,
    name: z.string(),
    ownerAccountId: z.string(),
    summary: z.string(),
    description: z.string().optional(),
    task: z.string(),
    license: z.string(),
    tags: z.array(z.string()),
    visibility: z.enum(visibilities),
    price: z.object({ perCallMicros: z.string(), perRowMicros: z.string(), version: z.number().int() }),
    latestVersion: z.string().optional(),
    publishedCount: z.number().int(),
    revision: z.number().int(),
    ...times,
  })
  .transform(({ schema: _, description, latestVersion, ...rest }): Model => ({ ...rest, description, latestVersion }));

const upload = z.union([
  z.object({ kind: z.literal('form'), key: z.string() }),
  z.object({ kind: z.literal('parts'), key: z.string(), uploadId: z.string() }),
]);

export const versionItem = z
  .object({
    ...stored,
    model: z.string(),
    version: z.string(),
    ownerAccountId: z.string(),
    state: z.enum(versionStates),
    file: fileSchema,
    batchInput: z.string().optional(),
    upload,
    pinnedVersionId: z.string().optional(),
    validated: z
      .object({
        signature: signatureSchema,
        artifact: artifactSchema.extend({ key: z.string() }),
        envelope: envelopeSchema,
        lane: z.enum(lanes),
      })
      .optional(),
    rejection: rejectionSchema.optional(),
    revision: z.number().int(),
    ...times,
    publishedAtMs: z.number().int().optional(),
  })
  .transform(
    ({ schema: _, batchInput, pinnedVersionId, validated, rejection, publishedAtMs, ...rest }): Version => ({
      ...rest,
      batchInput,
      pinnedVersionId,
      validated,
      rejection,
      publishedAtMs,
    }),
  );

export const publishedItem = z.object({ ...stored, version: z.string() });

export const aliasItem = z
  .object({ ...stored, model: z.string(), alias: z.string(), version: z.string(), ...times })
  .transform(({ schema: _, ...rest }): Alias => rest);

export const claimItem = z.object({ ...stored, requestSha256: z.string() });

const modelPk = (name: string) => `model#${name}`;

export const modelKey = (name: string) => ({ pk: modelPk(name), sk: 'model' });
export const countKey = (name: string) => ({ pk: modelPk(name), sk: 'count' });
export const versionKey = (name: string, version: string) => ({
  pk: modelPk(name),
  sk: `version#${sortKeyOf(version)}`,
});
export const publishedKey = (name: string, version: string) => ({
  pk: modelPk(name),
  sk: `published#${sortKeyOf(version)}`,
});
export const aliasKey = (name: string, alias: string) => ({ pk: modelPk(name), sk: `alias#${alias}` });

/** The index partition of what everybody may see. */
export const CATALOGUE = 'catalogue';

export const toModelItem = (model: Model) => ({
  ...modelKey(model.name),
  schema: 1,
  ...model,
  gsi2pk: model.ownerAccountId,
  gsi2sk: model.name,
  ...(model.visibility === 'public' && model.publishedCount > 0 ? { gsi1pk: CATALOGUE, gsi1sk: model.name } : {}),
});

export const toVersionItem = (version: Version) => ({
  ...versionKey(version.model, version.version),
  schema: 1,
  ...version,
});

export const toAliasItem = (alias: Alias) => ({ ...aliasKey(alias.model, alias.alias), schema: 1, ...alias });
