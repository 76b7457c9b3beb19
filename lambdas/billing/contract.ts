// billing: what others may import. Routes, events and env names; the charge itself is billing/gateway.ts.
import * as z from 'zod/mini';

export * from './event-data.ts';
export { billingRoutes } from './route-table.ts';
export { BILLING_CURRENCY, MAX_GRANT_MICROS, type UsageGroup, usageGroups } from './wire.ts';

/** Environment of a function that charges or reads money. */
export const billingEnv = z.object({ BILLING_TABLE: z.string().check(z.minLength(1)) });

/** Environment of a function that reads or writes archived events. */
export const billingArchiveEnv = z.object({ BILLING_ARCHIVE_BUCKET: z.string().check(z.minLength(1)) });

/** Below this prefix the events lie in the archive bucket. */
export const ARCHIVE_PREFIX = 'events/';

/**
 * How long events stay in the table after the end of their month, at least: a call's idempotency key is remembered for
 * 35 days, and what it repeats must be at hand as long.
 */
export const MIN_EVENT_RETENTION_DAYS = 36;

export const archiverEnv = z.object({
  EVENT_RETENTION_DAYS: z.coerce.number().check(z.int(), z.minimum(MIN_EVENT_RETENTION_DAYS)),
});

/** `work` of the log line that ends a run of the auditor: `finished` says whether it came to the end of the table. */
export const AUDIT_WORK = 'audit';

/** `work` of the auditor's line for each part of a run; the alarm counts the `findingCount` of these, and of these alone. */
export const AUDIT_PART_WORK = 'audit_part';

/** A model's price as the registry keeps it; each change gets the next version. */
export interface ModelPrice {
  /** Decimal rate strings of micros. */
  readonly perCallMicros: string;
  readonly perRowMicros: string;
  readonly version: number;
}

/** Calls that a subscription includes in a period, counted exactly: each call within it takes one, or none is made. */
export interface Quota {
  readonly subscriptionId: string;
  readonly periodStartMs: number;
  readonly periodEndMs: number;
  readonly includedCalls: number;
  /** What a call beyond costs; undefined: it is refused. */
  readonly beyond: ModelPrice | undefined;
}

/** How many calls within a quota were made. Strongly consistent. */
export type ReadQuota = (accountId: string, quota: Pick<Quota, 'subscriptionId' | 'periodStartMs'>) => Promise<number>;

/** By what right a call was made, where it was not the model's own price that it paid. */
export interface CallEntitlement {
  readonly subscriptionId: string;
  readonly offerId: string;
  readonly offerVersion: number;
}

/** A run by what it took of a machine. */
export interface Compute {
  /** Of the function that ran it. */
  readonly memoryMiB: number;
  /** Whole milliseconds. */
  readonly ms: number;
}

/** One paid (or free) call, computed and encoded, about to be answered. */
export interface ChargeRequest {
  /** `inf_…`; its ULID's minute is the minute the event is kept under. */
  readonly inferenceId: string;
  readonly accountId: string;
  readonly keyId: string | undefined;
  readonly userId: string;
  readonly model: string;
  readonly version: string;
  /** Who publishes the model: the same account pays only the platform's fee. */
  readonly ownerAccountId: string;
  /** Of a call within the quota, where there is one. */
  readonly price: ModelPrice;
  readonly quota?: Quota | undefined;
  readonly entitlement?: CallEntitlement | undefined;
  /** Rows charged, 0 or more. */
  readonly rowCount: number;
  /** The function that ran the model, e.g. `run-2gib`. */
  readonly lane: string;
  /** Its run alone; loading the model is not counted. */
  readonly compute: Compute;
  readonly idempotency: { readonly key: string; readonly requestSha256: string } | undefined;
}

/** A call whose run took too long: there is no answer, and `compute` is the time that the run was given. */
export type TimedOutCall = Omit<ChargeRequest, 'rowCount' | 'idempotency' | 'quota'>;

/** What the record says once it is durable. */
export interface ChargeRecord {
  readonly inferenceId: string;
  readonly model: string;
  readonly version: string;
  readonly amountMicros: bigint;
  /** True when an earlier call with the same idempotency key was charged, and this one was not. */
  readonly replayed: boolean;
}

/** What billing does in the caller's process (billing/gateway.ts makes it). */
export interface Billing {
  /**
   * Before running: is this key a repeat? Counts the replay when it is.
   * @returns the record to repeat (run the same version again, free), or undefined for a new key
   * @throws DomainError idempotency_key_reused (other body), idempotent_replays_used_up
   */
  findReplay(request: {
    accountId: string;
    idempotency: { key: string; requestSha256: string };
    nowMs: number;
  }): Promise<ChargeRecord | undefined>;
  /** What a call will cost this account by the model's price: the same arithmetic as the charge. The compute fee comes on top. */
  quote(request: Pick<ChargeRequest, 'accountId' | 'ownerAccountId' | 'price' | 'rowCount'>): bigint;
  /**
   * Before running: refuses early when the quota is used up and nothing may be charged beyond, or when the balance does not cover `amountMicros` and the compute fee of the longest run
   * there can be, and makes the minute of the id findable for usage. Run it beside the model; its failure refuses the call.
   * @param beyondMicros - the price beyond the quota: it counts once that is used up
   * @throws DomainError insufficient_funds, quota_exceeded
   */
  prepare(request: {
    accountId: string;
    inferenceId: string;
    amountMicros: bigint;
    longestRun: Compute;
    /** Whose offers a refusal leads to. */
    model?: string | undefined;
    quota?: Quota | undefined;
    beyondMicros?: bigint | undefined;
  }): Promise<void>;
  /**
   * One transaction: put the usage event if absent, debit the wallet if funds. When it returns, the answer may leave.
   * @throws DomainError insufficient_funds, quota_exceeded, idempotency_key_reused, unavailable
   */
  charge(request: ChargeRequest): Promise<ChargeRecord>;
  /**
   * The same for a run that took too long: the compute fee alone. No idempotency key is remembered for it: there is no
   * answer to repeat, so the call may be tried again under its key, and pays again for what it runs again.
   * @returns undefined where the operator has set no fee: then nothing is recorded
   * @throws DomainError insufficient_funds, unavailable
   */
  chargeTimeout(call: TimedOutCall): Promise<ChargeRecord | undefined>;
}
