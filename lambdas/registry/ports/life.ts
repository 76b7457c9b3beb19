// A version's notice and end, and who did what to a model: what the registry keeps of its own past.
import type { Alias, Model, Version } from '../ports.ts';
import type { VersionState } from '../terms.ts';
import type { Act, Actor, Retirement } from './act.ts';

/** One change of a model or of one of its versions, kept in the transaction that made it. */
export interface HistoryEntry {
  /** That of the event that told of it. */
  readonly id: string;
  readonly atMs: number;
  /** The event's type: `VersionDeprecated.v1`. */
  readonly event: string;
  readonly model: string;
  readonly version?: string | undefined;
  readonly by: Actor;
  readonly reason?: string | undefined;
  /** States of the version. */
  readonly from?: VersionState | undefined;
  readonly to?: VersionState | undefined;
  /** The event's data. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface HistoryStore {
  /** Newest first. @param after - the last entry of the page before */
  list(request: {
    readonly model: string;
    readonly limit: number;
    readonly after: string | undefined;
  }): Promise<{ readonly items: readonly HistoryEntry[]; readonly last: string | undefined }>;
}

/** One change of a version's state, with what else it changes. */
export interface Transition {
  readonly before: Version;
  readonly version: Version;
  readonly act: Act;
}

/** Something that the clock has to do. */
export interface DueItem {
  readonly atMs: number;
  readonly model: string;
  /** `withdrawal` is the model's; `subscription`: to tell that it ended. */
  readonly kind: 'sunset' | 'purge' | 'withdrawal' | 'subscription';
  readonly version?: string | undefined;
  readonly subscription?:
    | { readonly accountId: string; readonly subscriptionId: string; readonly offerId: string }
    | undefined;
}

/** The end of versions and models. What writes tells too, in one transaction. @returns of those: false when another write came in between, and nothing was changed */
export interface LifeStore {
  /** Both from a published version and from the change of a deprecation. */
  deprecate(change: Transition & { readonly model: Model }): Promise<boolean>;
  undeprecate(change: Transition): Promise<boolean>;
  retire(change: Transition & { readonly model: Model; readonly latest: Alias | undefined }): Promise<boolean>;
  /** The version with its `purgedAtMs`, and its receipt. */
  purge(change: Transition & { readonly receipt: Receipt }): Promise<boolean>;
  /** Of the whole model; the clock sees to its versions. */
  withdraw(change: { readonly model: Model; readonly act: Act }): Promise<boolean>;
  /** By time, up to an instant. @param after - the last of the page before */
  due(untilMs: number, after: DueItem | undefined): Promise<readonly DueItem[]>;
  /** Of a model whose versions have all ended. */
  endWithdrawal(item: DueItem): Promise<void>;
  /** Nothing of it can be ended before. */
  postponeWithdrawal(item: DueItem, atMs: number): Promise<void>;
  /** Tells the subscriber that it ended, once: whoever takes the item away tells. @returns false when it had been told */
  endSubscription(item: DueItem, nowMs: number): Promise<boolean>;
  receipt(model: string, version: string): Promise<Receipt | undefined>;
  /** Every version of a model, in any state. */
  versionsOf(model: string): AsyncIterable<Version>;
}

/** What the purge of a retired version did, for ever. */
export interface Receipt {
  readonly model: string;
  readonly version: string;
  readonly retirement: Retirement;
  readonly purgedAtMs: number;
  readonly objects: readonly PurgedObject[];
}

export interface PurgedObject {
  /** `artifact`, the kind of a product, or `other`. */
  readonly kind: string;
  readonly sha256: string;
  /** undefined where it was gone before its size was known. */
  readonly sizeBytes?: number | undefined;
  /** `kept`: another version uses the same bytes. */
  readonly outcome: 'deleted' | 'kept';
}

export interface Holder {
  readonly model: string;
  readonly version: string;
}

/**
 * Who needs which object of the artifacts bucket, counted exactly: objects are named by content, and versions share them.
 * Whoever keeps an object holds it before it looks whether it is there, so that none is deleted in between.
 */
export interface ObjectHolds {
  /** Again and again the same. @returns false: it is being deleted at this moment; nothing is held */
  hold(key: string, holder: Holder): Promise<boolean>;
  /** Keys that a version holds. */
  heldBy(holder: Holder): Promise<readonly string[]>;
  /** Again and again the same. */
  release(key: string, holder: Holder): Promise<void>;
  /** Says that nobody holds it and that `token` deletes it now. @returns `held`: by somebody, or it was never held and is not known to be nobody's; `gone`: it was deleted */
  beginDelete(key: string, token: string, nowMs: number): Promise<'deleting' | 'held' | 'gone'>;
  /** @returns whether `token` is still the one that deletes it */
  stillDeletes(key: string, token: string): Promise<boolean>;
  endDelete(key: string, token: string, nowMs: number): Promise<boolean>;
}

/** Deletes objects of the artifacts bucket for good. */
export interface ObjectRemoval {
  /** The object as it is now; undefined: there is none. */
  find(key: string): Promise<{ readonly versionId: string; readonly sizeBytes: number } | undefined>;
  /** That version of it and no other. */
  remove(key: string, versionId: string): Promise<void>;
}

export interface WoundDown {
  /** false: time ran out before all had been seen. */
  readonly isDone: boolean;
  /** When the last that still runs ends; undefined: none runs. */
  readonly lastEndMs: number | undefined;
}

/** Who pays for a model. */
export interface Subscribers {
  /**
   * Of a withdrawn model: none goes on beyond the period that it is in. Again and again, where it was not done to the end.
   * @param run.hasTime - asked before each
   */
  windDown(model: string, run: { readonly nowMs: number; readonly hasTime: () => boolean }): Promise<WoundDown>;
}

// They stand apart only because models and versions name them.
export { type Act, type Actor, actOf, operatorAct, PLATFORM } from './act.ts';
