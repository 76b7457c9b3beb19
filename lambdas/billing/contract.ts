// billing: what others may import. Routes, events and env names; the charge itself is billing/gateway.ts.
import { z } from 'zod';

/** Environment of a function that charges or reads money. */
export const billingEnv = z.object({ BILLING_TABLE: z.string().min(1) });

/** A model's price as the registry keeps it; each change gets the next version. */
export interface ModelPrice {
  /** Decimal rate strings of micros. */
  readonly perCallMicros: string;
  readonly perRowMicros: string;
  readonly version: number;
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
  readonly price: ModelPrice;
  /** Rows charged, 0 or more. */
  readonly rowCount: number;
  /** The function that ran the model, e.g. `run-2gib`. */
  readonly lane: string;
  readonly idempotency: { readonly key: string; readonly requestSha256: string } | undefined;
}

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
  /** What a call will cost this account: the same arithmetic as the charge. */
  quote(request: Pick<ChargeRequest, 'accountId' | 'ownerAccountId' | 'price' | 'rowCount'>): bigint;
  /**
   * Before running: refuses early when the balance clearly does not cover `amountMicros`, and makes the minute of the
   * id findable for usage. Run it beside the model; its failure refuses the call.
   * @throws DomainError insufficient_funds
   */
  prepare(request: { accountId: string; inferenceId: string; amountMicros: bigint }): Promise<void>;
  /**
   * One transaction: put the usage event if absent, debit the wallet if funds. When it returns, the answer may leave.
   * @throws DomainError insufficient_funds, idempotency_key_reused, unavailable
   */
  charge(request: ChargeRequest): Promise<ChargeRecord>;
}
