// What one environment may still spend of a subject's limit without asking: calls granted by the store a moment ago.
//
//   ask ──► granted ──► spent within LEASE_MS of asking ──► what is left then is dropped
//
// A lease is as large as this environment's own pace would spend in that time, and at most doubles from one to the
// next: one call for who comes now and then, up to a second of the rate for who is busy. Where the store said a moment
// ago that at least half of the limit is free, one call may be made on credit: it is asked for beside the work, so that
// quiet callers do not wait, and it is counted even if the limit is used up meanwhile.
import type { LeaseGrant, RateLimit } from '../ports.ts';
import { freeAtUs, policyOf, roomAt } from './gcra.ts';

/** How long a lease may be spent, from the moment it was asked for. */
export const LEASE_MS = 1_000;

/** How long it is believed that there was ample room: no longer than credentials are remembered. */
const ROOMY_MS = 60_000;

/** What to ask the store for. */
export interface LeaseAsk {
  readonly count: number;
  readonly owed: 0 | 1;
  readonly askedMs: number;
  /** Under which it was asked. */
  readonly limit: RateLimit;
}

export class Lease {
  #limit: RateLimit;
  /** The subject's arrival time as last seen. */
  tatUs: number | undefined;
  #left = 0;
  #untilMs = 0;
  #blockedUntilMs = 0;
  #roomyUntilMs = 0;
  #onCredit = false;
  #askedMs = Number.NEGATIVE_INFINITY;
  #takenCount = 0;
  #size = 0;

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  get limit(): RateLimit {
    return this.#limit;
  }

  /** Another limit than before: what was known of the old one, a blocked time above all, says nothing of it. */
  set limit(limit: RateLimit) {
    const isOther = policyOf(limit) !== policyOf(this.#limit);
    this.#limit = limit;
    if (!isOther) return;
    this.tatUs = undefined;
    this.#left = 0;
    this.#blockedUntilMs = 0;
    this.#roomyUntilMs = 0;
  }

  /** Whether a call may be made without waiting for the store. */
  isReady(nowMs: number): boolean {
    if (this.#left > 0 && nowMs < this.#untilMs) return true;
    return nowMs < this.#roomyUntilMs && !this.#onCredit;
  }

  /** Until when it is known to be of no use to ask; undefined when it may be. */
  blockedUntil(nowMs: number): number | undefined {
    return nowMs < this.#blockedUntilMs ? this.#blockedUntilMs : undefined;
  }

  /** Makes a call; only where it is ready. @returns what must be asked for beside, if it was made on credit */
  take(nowMs: number): LeaseAsk | undefined {
    this.#takenCount++;
    if (this.#left > 0 && nowMs < this.#untilMs) {
      this.#left--;
      return undefined;
    }
    this.#onCredit = true;
    return this.ask(1, nowMs);
  }

  /** What to ask for now. @param owed - 1 for a call made on credit; otherwise one that waits */
  ask(owed: 0 | 1, nowMs: number): LeaseAsk {
    const elapsedMs = Math.max(1, nowMs - this.#askedMs);
    const pace = Math.floor((this.#takenCount * LEASE_MS) / elapsedMs);
    const { calls, windowSeconds } = this.limit;
    // Where the rate gives less than one in that time, nothing is taken ahead: it would lapse.
    const largest = Math.floor((calls * LEASE_MS) / (windowSeconds * 1000));
    this.#size = Math.min(pace, Math.max(1, this.#size * 2), largest);
    this.#askedMs = nowMs;
    this.#takenCount = 0;
    return { count: 1 + this.#size, owed, askedMs: nowMs, limit: this.limit };
  }

  /** What the store said. @param nowMs - when it was heard */
  hear({ granted, tatUs }: LeaseGrant, { owed, askedMs, limit }: LeaseAsk, nowMs: number): void {
    if (owed) this.#onCredit = false;
    // The limit changed while the store was asked.
    if (policyOf(limit) !== policyOf(this.limit)) return;
    this.tatUs = tatUs;
    const untilMs = askedMs + LEASE_MS;
    const held = nowMs < this.#untilMs ? this.#left : 0;
    // Calls of two leases end with the older: none is spent later than its own allows.
    this.#untilMs = held > 0 ? Math.min(this.#untilMs, untilMs) : untilMs;
    this.#left = held + granted - owed;
    this.#blockedUntilMs = Math.ceil(freeAtUs(tatUs, this.limit) / 1000);
    const roomy = roomAt(tatUs, nowMs * 1000, this.limit) * 2 >= this.limit.calls;
    this.#roomyUntilMs = roomy ? nowMs + ROOMY_MS : 0;
  }

  /** The store said nothing: what was owed is forgotten, and no credit given. */
  hearNothing({ owed }: LeaseAsk): void {
    if (owed) this.#onCredit = false;
    this.#roomyUntilMs = 0;
  }

  /** Calls that may be made, as far as this environment knows, and in how many seconds there is more to tell. */
  outlook(nowMs: number): { readonly remaining: number; readonly resetSeconds: number } {
    const held = (nowMs < this.#untilMs ? this.#left : 0) - (this.#onCredit ? 1 : 0);
    if (this.tatUs === undefined) return { remaining: this.limit.calls, resetSeconds: 0 };
    const room = roomAt(this.tatUs, nowMs * 1000, this.limit);
    const remaining = Math.max(0, Math.min(this.limit.calls, held + room));
    // All of it back; where nothing is left, the next call.
    const resetUs = remaining > 0 ? this.tatUs : freeAtUs(this.tatUs, this.limit);
    return { remaining, resetSeconds: Math.max(remaining > 0 ? 0 : 1, Math.ceil(resetUs / 1e6 - nowMs / 1000)) };
  }
}
