// What the registry tells in its events.
import * as z from 'zod/mini';
import { lanes, offerKinds, reportDecisions, reportReasons, retirementRules, visibilities } from './terms.ts';

/** Detail data of the registry's events; the subject is `publisher.model`. */
const versionData = z.object({ model: z.string(), version: z.string() });
export const versionCompletedData = versionData;
export const versionValidatedData = z.extend(versionData, { artifactSha256: z.string(), lane: z.enum(lanes) });
export const versionRejectedData = z.extend(versionData, { rule: z.string() });
export const modelPublishedData = z.extend(versionData, {
  visibility: z.enum(visibilities),
  /** Whether alias `latest` moved to this version. */
  latest: z.boolean(),
});

const aliasTargets = z.array(z.object({ version: z.string(), weight: z.int() }));
/** `changed` names the fields: `targets` means that calls go elsewhere from now on. */
export const aliasChangedData = z.object({
  model: z.string(),
  alias: z.string(),
  how: z.enum(['set', 'rollback']),
  changed: z.array(z.enum(['targets', 'pinned', 'protectedRoles'])),
  targets: aliasTargets,
  /** What it named before; absent: it is new. */
  before: z.optional(aliasTargets),
  revision: z.int(),
  pinned: z.boolean(),
});
export const aliasDeletedData = z.object({ model: z.string(), alias: z.string(), before: aliasTargets });

export const modelCreatedData = z.object({ model: z.string(), visibility: z.enum(visibilities) });
/** A model's calls have grown so much that it is worth finding it elsewhere in an order; told of each step, never of each call. */
export const modelStatsChangedData = z.object({ model: z.string(), callCount: z.int() });
/** Whatever of a model changed that others may see; `changed` names the fields. */
export const modelChangedData = z.object({
  model: z.string(),
  visibility: z.enum(visibilities),
  changed: z.array(z.string()),
});
/** Of a model's card, which is read anew: it may be long. */
export const modelCardChangedData = z.object({ model: z.string(), revision: z.int() });
export const versionCreatedData = versionData;
/** Told to both sides, each by an event of its own: `party` says which one this is for. */
const accessData = z.object({
  model: z.string(),
  /** Whose access it is. */
  account: z.string(),
  party: z.enum(['publisher', 'consumer']),
});
export const accessRequestedData = z.extend(accessData, { reason: z.string() });
export const accessDecidedData = z.extend(accessData, { message: z.optional(z.string()) });
export const modelSharedData = accessData;
export const accessDeclinedData = accessData;
export const termsAcceptedData = z.extend(accessData, { version: z.string(), sha256: z.string() });

/** Told to the subscriber alone: publishers read numbers of them. */
const subscriptionData = z.extend(accessData, { subscriptionId: z.string(), offerId: z.string() });
export const subscriptionStartedData = z.extend(subscriptionData, {
  offerVersion: z.int(),
  kind: z.enum(offerKinds),
  /** Of each period; recorded, not charged. */
  feeMicros: z.string(),
  period: z.object({ start: z.string(), end: z.string() }),
});
/** Cancelled, to end at `endsAt`; or ended at once. */
export const subscriptionEndData = z.extend(subscriptionData, {
  endsAt: z.string(),
  /** Where it was not the subscriber who cancelled. */
  reason: z.optional(z.string()),
});
/** `OfferCreated.v1`, `OfferChanged.v1`, `OfferClosed.v1`: to the publisher. */
export const offerData = z.object({ model: z.string(), offerId: z.string(), state: z.string(), version: z.int() });

/**
 * `ReviewPosted.v1`, `ReviewChanged.v1`, `ReviewDeleted.v1`: to the publisher. `ReviewReplied.v1`, `ReviewRemoved.v1`,
 * `ReviewRestored.v1`: to both sides.
 */
export const reviewData = z.object({
  model: z.string(),
  review: z.string(),
  rating: z.int(),
  version: z.optional(z.string()),
  /** The author's handle, where it has one. */
  author: z.optional(z.string()),
  /** Of the publisher's answer: what became of it. */
  reply: z.optional(z.enum(['written', 'changed', 'deleted'])),
  /** Of an operator who hid it, or shows it again: why. */
  reason: z.optional(z.string()),
});
/** `ReportFiled.v1`, `ReportResolved.v1`: to who reported, and to nobody else. */
export const reportData = z.object({
  model: z.string(),
  /** Absent: the model itself was reported. */
  review: z.optional(z.string()),
  report: z.string(),
  reason: z.enum(reportReasons),
  decision: z.optional(z.enum(reportDecisions)),
});
/** `ModelSuspended.v1`, `ModelReinstated.v1`: to the publisher. */
export const modelSuspensionData = z.object({ model: z.string(), reason: z.string() });

/** The publisher is to be told. */
export const versionQuarantinedData = z.extend(versionData, {
  crashed: z.int(),
  timedOut: z.int(),
  reason: z.string(),
});
/** A scanner of a later day refuses what was published; the publisher is to be told. */
export const versionBlockedData = z.extend(versionData, {
  rule: z.string(),
  message: z.string(),
  scanner: z.string(),
});
export const versionReleasedData = z.extend(versionData, {
  by: z.enum(['publisher', 'operator']),
  reason: z.optional(z.string()),
});
export const versionDeprecatedData = z.extend(versionData, {
  sunsetAt: z.string(),
  successor: z.optional(z.string()),
  reason: z.optional(z.string()),
});
export const versionUndeprecatedData = versionData;
export const versionRetiredData = z.extend(versionData, {
  successor: z.optional(z.string()),
  reason: z.string(),
  rule: z.enum(retirementRules),
});
export const versionPurgedData = z.extend(versionData, { deletedObjects: z.int(), deletedBytes: z.int() });
/** It is in no catalogue any more; its versions are told of as they come to their end. */
export const modelDeletedData = z.object({ model: z.string(), reason: z.optional(z.string()) });
