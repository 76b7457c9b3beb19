// What the registry needs from outside.
import type { ModelPrice } from '../billing/contract.ts';
import type { ProbeReport, ProbeRequest, SmokeReport, SmokeRequest } from '../inference/contract.ts';
import type { ExternalTensor } from '../shared/onnx/external-data.ts';
import type { Signature } from '../shared/onnx/signature.ts';
import type { Caller } from '../shared/platform/caller.ts';
import type { IdempotencyClaim } from '../shared/platform/route.ts';
import type { Envelope, Lane, NotMade, Product, Rejection, VersionState } from './contract.ts';
import type { Block, VersionHealth } from './domain/version-health.ts';
import type { Access, PresentTerms } from './ports/access.ts';
import type { Act, Deprecation, ModelChange, Retirement } from './ports/act.ts';
import type { Alias, AliasChange, AliasOutcome, AliasSplit } from './ports/aliases.ts';
import type { Signed } from './ports/manifests.ts';
import type { ScanResult, StoredExamples } from './ports/scans.ts';
import type { DownloadRule, Visibility } from './terms.ts';

export type { Alias } from './ports/aliases.ts';

export interface Model {
  /** `publisher.model` */
  readonly name: string;
  readonly ownerAccountId: string;
  readonly summary: string;
  readonly description: string | undefined;
  readonly task: string;
  readonly license: string;
  readonly tags: readonly string[];
  readonly visibility: Visibility;
  /** Acceptance of these is needed before use. */
  readonly terms?: PresentTerms | undefined;
  readonly price: ModelPrice;
  /** As the publisher said; see domain/downloads.ts for what it means that nothing was said. */
  readonly downloads?: DownloadRule | undefined;
  /** Only subscribers call it. */
  readonly requiresSubscription?: boolean | undefined;
  /** Whether there ever was an offer: else no call looks for a subscription. */
  readonly hasOffers?: boolean | undefined;
  /** What alias `latest` names; the heaviest of several. */
  readonly latestVersion: string | undefined;
  /** While alias `latest` names several. */
  readonly latestSplit?: AliasSplit | undefined;
  /** Versions that may be called. */
  readonly publishedCount: number;
  /** Versions that were published once and are retired. */
  readonly retiredCount?: number | undefined;
  /** From its deletion on. The name is never given again. */
  readonly withdrawal?: { readonly atMs: number; readonly reason: string } | undefined;
  /** While an operator keeps it from everybody: its owner alone sees it, and nobody calls it. */
  readonly suspension?: { readonly atMs: number; readonly reason: string } | undefined;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** As uploaded. Other files than the model lie in the artifacts bucket as `sha256/<sha256>` from `validated` on. */
export interface VersionFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** Where the file is to arrive in the quarantine bucket: by one form, or in parts. */
export type UploadPlan =
  | { readonly kind: 'form'; readonly key: string }
  | { readonly kind: 'parts'; readonly key: string; readonly uploadId: string };

export interface Version {
  readonly model: string;
  readonly version: string;
  readonly ownerAccountId: string;
  readonly state: VersionState;
  /** `model.onnx`, and what belongs to it. */
  readonly files: readonly VersionFile[];
  /** As the publisher declared it. */
  readonly batchInput: string | undefined;
  /** In the files' order. */
  readonly uploads: readonly UploadPlan[];
  /** S3's ids of the uploads that count, in the files' order; from `complete` on. */
  readonly pinnedVersionIds: readonly string[] | undefined;
  /** From `validated` on. */
  readonly validated: Validated | undefined;
  readonly rejection: Rejection | undefined;
  /** What the last scan found out; absent: it was scanned before that was kept. */
  readonly scan?: ScanResult | undefined;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** From the first `publish` on, whatever becomes of it. */
  readonly publishedAtMs: number | undefined;
  /** While it is deprecated; kept when it is retired. */
  readonly deprecation?: Deprecation | undefined;
  /** Once it is retired. */
  readonly retirement?: Retirement | undefined;
}

/** What the scan found out. */
export interface Validated {
  /** `batchInput` settled. */
  readonly signature: Signature;
  /** `sha256/<hex>` in the artifacts bucket. */
  readonly artifact: { readonly key: string; readonly sha256: string; readonly sizeBytes: number };
  readonly envelope: Envelope;
  readonly lane: Lane;
  readonly products: readonly Product[];
  /** Kinds that were tried, and why there is none. A kind in neither list is still to be tried. */
  readonly notMade?: readonly NotMade[] | undefined;
  /** Over all that is served of the version; absent: it was published before there were manifests. */
  readonly manifest?: Signed | undefined;
  /** Calls to try it with; absent: it answered none. */
  readonly examples?: StoredExamples | undefined;
}

/** How a create ended; `replay` with what the same claim made before. */
export type Creation<T, R extends string> =
  | { readonly outcome: 'created' | 'exists' | 'claim_reused' | R }
  | { readonly outcome: 'replay'; readonly made: T };

export interface ModelWalk {
  /** Whose own models; undefined: those of the public catalogue. */
  readonly ownerAccountId: string | undefined;
  readonly publisher: string | undefined;
  /** The name to go on after. */
  readonly after: string | undefined;
  readonly descending: boolean;
}

export interface ModelStore {
  /** Strongly consistent. */
  find(name: string): Promise<Model | undefined>;
  /** What is kept of an account and a model of another; absent: nobody was ever let in. Strongly consistent. */
  accessOf?(name: string, accountId: string): Promise<Access | undefined>;
  create(request: {
    readonly model: Model;
    readonly idempotency: IdempotencyClaim | undefined;
    readonly act: Act;
    readonly nowMs: number;
  }): Promise<Creation<Model, never>>;
  /**
   * Writes the model as it shall be, and tells of it.
   * @param told - what changed, by the names of its fields, and whose act it is
   * @returns false when its stored revision is not `revision - 1`: nothing was changed
   */
  change(model: Model, told: ModelChange): Promise<boolean>;
  /** By name. The catalogue holds public models with a published version; both lag behind writes by moments. */
  walk(walk: ModelWalk): AsyncIterable<Model>;
}

export interface VersionStore {
  /** Strongly consistent. */
  find(model: string, version: string): Promise<Version | undefined>;
  create(request: {
    readonly version: Version;
    readonly idempotency: IdempotencyClaim | undefined;
    readonly act: Act;
    readonly nowMs: number;
  }): Promise<Creation<Version, 'limit'>>;
  /** A page, highest first. @param after - the last version of the page before */
  list(request: {
    readonly model: string;
    readonly publishedOnly: boolean;
    readonly limit: number;
    readonly after: string | undefined;
  }): Promise<{ readonly items: readonly Version[]; readonly last: string | undefined }>;
  /** Writes a draft, or a version with other products or another manifest, as it shall be. @returns false when the stored revision is not `revision - 1`: nothing was changed */
  renew(version: Version): Promise<boolean>;
  /** These write the version as it shall be, with its event. @returns false when the stored revision is not `revision - 1`: nothing was changed */
  complete(version: Version, act: Act): Promise<boolean>;
  /** To `validated` or `rejected`. */
  settle(version: Version): Promise<boolean>;
  /** @param change - the model with its new count, and with `latestVersion` when alias `latest` moves (then `latest` is given) */
  publish(change: {
    readonly version: Version;
    readonly model: Model;
    readonly latest: Alias | undefined;
    readonly act: Act;
  }): Promise<boolean>;
}

export interface CallableVersion {
  readonly version: string;
  /** Of a deprecated one. */
  readonly sunsetAtMs?: number | undefined;
}

/** Versions as calls need them. Strongly consistent. */
export interface PublishedStore {
  /** One that was published once: it may be deprecated or retired since. */
  find(model: string, version: string): Promise<Version | undefined>;
  /** All of a model that may be called, highest first. */
  list(model: string): Promise<readonly CallableVersion[]>;
  /** Their names, highest first. */
  names(model: string): Promise<readonly string[]>;
}

/** How versions fared when they were run. Strongly consistent. */
export interface HealthStore {
  find(model: string, version: string): Promise<VersionHealth | undefined>;
  /** Of a model's versions, those of which anything is known. */
  list(model: string): Promise<readonly VersionHealth[]>;
  /** These write the health as it shall be; with an event when it quarantines. @returns false when the stored revision is not `revision - 1`: nothing was changed */
  fail(health: VersionHealth, nowMs: number): Promise<boolean>;
  block(health: VersionHealth, blocked: Block, nowMs: number): Promise<boolean>;
  release(health: VersionHealth, act: Act, nowMs: number): Promise<boolean>;
}

export interface AliasStore {
  /** Strongly consistent. */
  find(model: string, alias: string): Promise<Alias | undefined>;
  /** All of a model, by name. */
  list(model: string): Promise<readonly Alias[]>;
  /**
   * Writes the alias as it shall be, if all its targets may be called, and tells of it.
   * @param model - for `latest`, the model with its next revision; else as it was read
   */
  save(alias: Alias, model: Model, change: AliasChange): Promise<AliasOutcome>;
  /** @returns false when its stored revision is another: nothing was changed */
  remove(alias: Alias, model: Model, change: AliasChange): Promise<boolean>;
}

export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
}

/** A part that has arrived: it need not be sent again. */
export interface ArrivedPart {
  readonly etag: string;
  readonly sizeBytes: number;
}

export type UploadAddress =
  | { readonly method: 'POST'; readonly url: string; readonly fields: Readonly<Record<string, string>> }
  | {
      readonly method: 'PUT';
      readonly partSizeBytes: number;
      readonly parts: readonly { readonly number: number; readonly url: string; readonly arrived?: ArrivedPart }[];
    };

/** The bucket that publishers upload to. Nobody trusts what lies there. */
export interface Uploads {
  /** Chooses the way by size, and begins it. @param key - the object's name */
  begin(key: string, sizeBytes: number): Promise<UploadPlan>;
  /** Signs where to send the file. @param lifeSeconds - how long the addresses hold */
  address(plan: UploadPlan, file: VersionFile, lifeSeconds: number): Promise<UploadAddress>;
  /** The parts that have arrived, by their numbers; of a form, or an upload that is over, none. */
  arrived(plan: UploadPlan): Promise<ReadonlyMap<number, ArrivedPart>>;
  /** Puts the parts together. Once that was done, doing it again is `joined` too. */
  join(plan: UploadPlan, parts: readonly UploadedPart[]): Promise<'joined' | 'parts_differ'>;
  /** What lies there now. `sha256` (hex) only where S3 knows that of the whole. */
  head(
    key: string,
  ): Promise<
    { readonly versionId: string; readonly sizeBytes: number; readonly sha256: string | undefined } | undefined
  >;
}

/** An object in quarantine: an upload as it was pinned, or what was rewritten from it. */
export interface Candidate {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** The same bucket, seen by the scan. */
export interface Quarantine {
  read(key: string, versionId: string | undefined): AsyncIterable<Uint8Array>;
  write(key: string, bytes: Uint8Array, sha256: string): Promise<void>;
  /** Where whoever holds the URL reads the object. */
  presign(key: string, lifeSeconds: number): Promise<string>;
  /** Where whoever holds the form writes the object. */
  form(key: string, limits: { readonly sizeBytes: number; readonly lifeSeconds: number }): Promise<SignedForm>;
  /** What lies there now: its version, which no later write changes. */
  pin(key: string): Promise<{ readonly versionId: string; readonly sizeBytes: number }>;
}

export interface SignedForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The bucket of what is served, named by content. */
export interface Artifacts {
  /** Copies a candidate from quarantine to `key` unless it is there; whatever is there then has its size. */
  keep(candidate: Candidate, key: string): Promise<void>;
  read(key: string): AsyncIterable<Uint8Array>;
  write(key: string, bytes: Uint8Array, sha256: string): Promise<void>;
  /** Where whoever holds the URL reads the object. */
  presign(key: string, lifeSeconds: number): Promise<string>;
}

export type TrySmoke = (request: SmokeRequest) => Promise<SmokeReport>;
export type Probe = (request: ProbeRequest) => Promise<ProbeReport>;

/** Reads a file nobody trusts, piece by piece, and tells its signature or why it is refused (shared/onnx/scan-model.ts). */
export interface ModelScan {
  push(chunk: Uint8Array): void;
  finish(): ScanReport;
}

export type ScanReport =
  | {
      readonly ok: true;
      readonly signature: Signature;
      readonly zipMaps: number;
      readonly opsets?: Readonly<Record<string, number>>;
      readonly nodeCount?: number;
      readonly parameterCount?: number;
      readonly operators?: ReadonlyMap<string, number>;
      /** Where that is allowed. */
      readonly externals?: readonly ExternalTensor[];
    }
  | {
      readonly ok: false;
      readonly rejection: {
        readonly rule: string;
        readonly message: string;
        /** The place in the graph; '' for the file as a whole. */
        readonly path: string;
        readonly offset: number;
      };
    };

/** For a key that is bound to models. @throws DomainError permission_denied */
export type RequireModel = (caller: Pick<Caller, 'models'>, model: string) => void;

/** Setting a price needs more than writing. @throws DomainError permission_denied */
export type RequirePricing = (caller: Pick<Caller, 'role' | 'scopes'>) => void;
