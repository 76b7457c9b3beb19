// What the registry needs from outside.
import type { ModelPrice } from '../billing/contract.ts';
import type { SmokeReport, SmokeRequest } from '../inference/contract.ts';
import type { Signature } from '../shared/onnx/signature.ts';
import type { Caller } from '../shared/platform/caller.ts';
import type { IdempotencyClaim } from '../shared/platform/route.ts';
import type { Envelope, Lane, Rejection, VersionState } from './contract.ts';

export interface Model {
  /** `publisher.model` */
  readonly name: string;
  readonly ownerAccountId: string;
  readonly summary: string;
  readonly description: string | undefined;
  readonly task: string;
  readonly license: string;
  readonly tags: readonly string[];
  readonly visibility: 'public' | 'private';
  readonly price: ModelPrice;
  /** What alias `latest` names. */
  readonly latestVersion: string | undefined;
  readonly publishedCount: number;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

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
  readonly file: VersionFile;
  /** As the publisher declared it. */
  readonly batchInput: string | undefined;
  readonly upload: UploadPlan;
  /** S3's id of the upload that counts; from `complete` on. */
  readonly pinnedVersionId: string | undefined;
  /** From `validated` on. */
  readonly validated: Validated | undefined;
  readonly rejection: Rejection | undefined;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly publishedAtMs: number | undefined;
}

/** What the scan found out. */
export interface Validated {
  /** `batchInput` settled. */
  readonly signature: Signature;
  /** `sha256/<hex>` in the artifacts bucket. */
  readonly artifact: { readonly key: string; readonly sha256: string; readonly sizeBytes: number };
  readonly envelope: Envelope;
  readonly lane: Lane;
}

export interface Alias {
  readonly model: string;
  readonly alias: string;
  readonly version: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
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
  create(request: {
    readonly model: Model;
    readonly idempotency: IdempotencyClaim | undefined;
    readonly nowMs: number;
  }): Promise<Creation<Model, never>>;
  /** Writes the model as it shall be. @returns false when its stored revision is not `revision - 1`: nothing was changed */
  change(model: Model): Promise<boolean>;
  /** By name. The catalogue holds public models with a published version; both lag behind writes by moments. */
  walk(walk: ModelWalk): AsyncIterable<Model>;
}

export interface VersionStore {
  /** Strongly consistent. */
  find(model: string, version: string): Promise<Version | undefined>;
  create(request: {
    readonly version: Version;
    readonly idempotency: IdempotencyClaim | undefined;
    readonly nowMs: number;
  }): Promise<Creation<Version, 'limit'>>;
  /** A page, highest first. @param after - the last version of the page before */
  list(request: {
    readonly model: string;
    readonly publishedOnly: boolean;
    readonly limit: number;
    readonly after: string | undefined;
  }): Promise<{ readonly items: readonly Version[]; readonly last: string | undefined }>;
  /** Writes a draft as it shall be. @returns false when the stored revision is not `revision - 1`: nothing was changed */
  renew(version: Version): Promise<boolean>;
  /** These write the version as it shall be, with its event. @returns false when the stored revision is not `revision - 1`: nothing was changed */
  complete(version: Version): Promise<boolean>;
  /** To `validated` or `rejected`. */
  settle(version: Version): Promise<boolean>;
  /** @param change - the model with its new count, and with `latestVersion` when alias `latest` moves (then `latest` is given) */
  publish(change: {
    readonly version: Version;
    readonly model: Model;
    readonly latest: Alias | undefined;
  }): Promise<boolean>;
}

/** Published versions, as calls need them. Strongly consistent. */
export interface PublishedStore {
  find(model: string, version: string): Promise<Version | undefined>;
  /** All of a model, highest first. */
  names(model: string): Promise<readonly string[]>;
}

export interface AliasStore {
  find(model: string, alias: string): Promise<Alias | undefined>;
  /** All of a model, by name. */
  list(model: string): Promise<readonly Alias[]>;
}

export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
}

export type UploadAddress =
  | { readonly method: 'POST'; readonly url: string; readonly fields: Readonly<Record<string, string>> }
  | {
      readonly method: 'PUT';
      readonly partSizeBytes: number;
      readonly parts: readonly { readonly number: number; readonly url: string }[];
    };

/** The bucket that publishers upload to. Nobody trusts what lies there. */
export interface Uploads {
  /** Chooses the way by size, and begins it. @param key - the object's name */
  begin(key: string, sizeBytes: number): Promise<UploadPlan>;
  /** Signs where to send the file. @param lifeSeconds - how long the addresses hold */
  address(plan: UploadPlan, file: VersionFile, lifeSeconds: number): Promise<UploadAddress>;
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
}

/** The bucket of what is served, named by content. */
export interface Artifacts {
  /** Copies a candidate from quarantine to `key` unless it is there; whatever is there then has its size. */
  keep(candidate: Candidate, key: string): Promise<void>;
}

export type TrySmoke = (request: SmokeRequest) => Promise<SmokeReport>;

/** Reads a file nobody trusts, piece by piece, and tells its signature or why it is refused (shared/onnx/scan-model.ts). */
export interface ModelScan {
  push(chunk: Uint8Array): void;
  finish(): ScanReport;
}

export type ScanReport =
  | { readonly ok: true; readonly signature: Signature; readonly zipMaps: number }
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
