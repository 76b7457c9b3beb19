// registry: what others may import. Routes, events and env names; resolving for a call is registry/gateway.ts.
import * as z from 'zod/mini';
import type { ModelPrice, Quota } from '../billing/contract.ts';
import type { Signature } from '../shared/onnx/signature.ts';
import type { entitlementKinds, Lane, productKinds, Visibility } from './terms.ts';

export * from './event-data.ts';
export { registryRoutes } from './route-table.ts';
export {
  type DownloadRule,
  FILE_LIMIT_BYTES,
  type Lane,
  lanes,
  MODEL_FILE,
  productKinds,
  type VersionState,
  versionPattern,
  versionStates,
} from './terms.ts';
export type { Envelope, NotMade, Rejection } from './version-parts.ts';

/** Environment of a function that reads published models. */
export const registryEnv = z.object({ REGISTRY_TABLE: z.string().check(z.minLength(1)) });

/** How often a scan is tried: the queue parks a message after so many receives, and the last of them rejects the version. */
export const SCAN_ATTEMPT_COUNT = 5;

/** Environment of a function that takes publishers' files. */
export const registryUploadsEnv = z.object({ QUARANTINE_BUCKET: z.string().check(z.minLength(1)) });

/** Environment of a function that makes artifacts of them. */
export const registryBucketsEnv = z.extend(registryUploadsEnv, { ARTIFACTS_BUCKET: z.string().check(z.minLength(1)) });

/** Environment of a function that signs manifests, or checks them: keys of KMS, the one that signs first. */
export const registryManifestsEnv = z.object({
  MANIFEST_KEYS: z.pipe(
    z.string().check(z.regex(/^arn:aws[\w-]*:kms:[^,]+(,arn:aws[\w-]*:kms:[^,]+)*$/)),
    z.transform((arns: string) => arns.split(',')),
  ),
});

/** Environment of a function that lets versions without a manifest pass, until then: those that are older than manifests. */
export const registryUnsignedEnv = z.object({
  UNSIGNED_VERSIONS_UNTIL: z.pipe(
    z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)),
    z.transform((instant: string) => Date.parse(instant)),
  ),
});

/** Environment of a function that searches, or keeps the search index. */
export const registrySearchEnv = z.object({ SEARCH_BUCKET: z.string().check(z.minLength(1)) });

/** How often events are tried to be brought into the search index; the daily making anew mends what was given up. */
export const INDEX_ATTEMPT_COUNT = 10;

/** How often a sealed minute is tried to be counted before it is parked for a person. */
export const COUNT_ATTEMPT_COUNT = 10;

/** Environment of the function that brings versions to their end. */
export const registryRetireEnv = z.object({
  ARTIFACTS_BUCKET: z.string().check(z.minLength(1)),
  /** What is retired keeps its files for so long. */
  PURGE_GRACE_SECONDS: z.coerce.number().check(z.int(), z.minimum(0)),
});

/** A published version as a call needs it. */
export interface PublishedVersion {
  readonly model: string;
  readonly version: string;
  readonly ownerAccountId: string;
  readonly visibility: Visibility;
  readonly summary: string;
  readonly task: string;
  readonly price: ModelPrice;
  readonly signature: Signature;
  /** In the artifacts bucket: `sha256/<hex>`. */
  readonly artifact: { readonly key: string; readonly sha256: string; readonly sizeBytes: number };
  /** Where onnxruntime runs it. */
  readonly lane: Lane;
  /** Bytes of the inputs that its trial ran with; absent: not known. */
  readonly triedInputBytes?: number | undefined;
  /** Of a deprecated version, which answers until its sunset. */
  readonly deprecation?: PublishedDeprecation | undefined;
  /** At most one of a kind. */
  readonly products: readonly Product[];
  /** Where it was resolved for a call: by what right. */
  readonly entitlement?: Entitlement | undefined;
}

/** By what right an account uses a model. */
export interface Entitlement {
  readonly kind: (typeof entitlementKinds)[number];
  /** Of a subscription: which, and by which version of its offer the running period is priced. */
  readonly subscriptionId?: string | undefined;
  readonly offerId?: string | undefined;
  readonly offerVersion?: number | undefined;
  /** Calls that the period includes; `price` is then theirs. */
  readonly quota?: Quota | undefined;
}

export interface PublishedDeprecation {
  readonly sinceMs: number;
  /** From then on it answers no more. */
  readonly sunsetAtMs: number;
  /** A version of the same model to go over to. */
  readonly successor?: string | undefined;
}

/** Made of an artifact by the platform itself, and kept beside it under its own hash. */
export interface Product {
  /** `flat`: for the TypeScript executor (shared/executor); `ort`: for onnxruntime, by the version that wrote it. */
  readonly kind: (typeof productKinds)[number];
  /** In the artifacts bucket: `sha256/<hex>`. */
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Whoever finds another than its own does not use it. */
  readonly madeBy: string;
  /** What its answers were compared with, where that is not what made it: another one is compared with anew. */
  readonly against?: string | undefined;
  /** Of `flat`: calls of more rows go to `lane`. */
  readonly rowLimit?: number | undefined;
}

/** What the registry does in the caller's process (registry/gateway.ts makes it); answers are cached for seconds. */
export interface PublishedModels {
  /**
   * @param reference - a version, an alias or a range (`^1`); undefined means alias `latest`
   * @param accountId - who asks; a private model of another account is not found. undefined: nobody signed in
   * @param toUse - to call it, not only to look at it: then the account must be entitled, and `price` is what it pays
   * @param caller - who is to be given the same version of a split alias again. Default: the account
   * @throws DomainError model_not_found, version_not_found, model_not_ready, version_quarantined, version_retired, model_withdrawn, model_suspended, alias_without_target; to use it, whatever entitlement is missing
   */
  resolve(request: {
    model: string;
    reference: string | undefined;
    accountId: string | undefined;
    toUse?: boolean;
    caller?: string | undefined;
  }): Promise<PublishedVersion>;
  /** Versions of a model that may be called, highest first. @throws DomainError model_not_found */
  versions(request: { model: string; accountId: string | undefined }): Promise<readonly string[]>;
  /**
   * A page of the models that the account sees, by name: `ready` says whether it may call them, `reason` why it may not.
   * @param viewerOf - as whom it looks at each: undefined hides a private model, though it is the account's own
   */
  list(request: {
    accountId: string | undefined;
    viewerOf: (model: string) => string | undefined;
    limit: number;
    cursor: string | undefined;
  }): Promise<{
    readonly models: readonly {
      readonly model: string;
      readonly version: string;
      readonly ready: boolean;
      readonly reason?: string;
    }[];
    readonly next: string | null;
  }>;
}

/** A run that ended its process, or did not end in time. */
export const failureKinds = ['crashed', 'timed_out'] as const;
export type FailureKind = (typeof failureKinds)[number];

/** What the registry does in the caller's process with such a run (registry/gateway.ts makes it). */
export interface VersionFailures {
  /** Counts it; the third in ten minutes quarantines the version. @returns whether this one did */
  note(failed: {
    readonly version: Pick<PublishedVersion, 'model' | 'version' | 'ownerAccountId'>;
    readonly kind: FailureKind;
    readonly nowMs: number;
  }): Promise<boolean>;
}
