// What the callers saw: the only thing, beside the table's own history, that the checks go by.
import type { ChargeRecord } from '../../lambdas/billing/contract.ts';
import { DomainError } from '../../lambdas/shared/kernel/errors.ts';
import { isTransientFault } from '../../lambdas/shared/platform/transient-fault.ts';
import type { PlannedCall, PlannedGrant } from './plan.ts';

export type Came =
  /** The answer left. */
  | { readonly as: 'answered'; readonly record: ChargeRecord }
  /** Told for certain that it is not done. */
  | { readonly as: 'refused'; readonly code: string; readonly message: string }
  /** 503, or the environment died: it may be recorded or not. */
  | { readonly as: 'unknown'; readonly why: string }
  /** A fault of ours: it would have been answered with 500. */
  | { readonly as: 'broken'; readonly why: string };

export interface Attempt {
  readonly call: PlannedCall;
  readonly accountId: string;
  /** Its own, and nobody else's: its event has it, whichever inference id it was recorded under. */
  readonly userId: string;
  readonly came: Came;
  /** How often its account's wallet had changed when it began and when it had ended. */
  readonly revisions: { readonly from: number; readonly to: number };
  /** Sent when all was over, over a good network, because no answer had come. */
  readonly settling: boolean;
}

export interface GrantMade {
  readonly grant: PlannedGrant;
  readonly accountId: string;
  /** The entry's id; undefined when no answer ever came. */
  readonly entryId: string | undefined;
}

export interface Journal {
  readonly attempts: Attempt[];
  readonly grants: GrantMade[];
  /** Faults of ours in what sums usage. */
  readonly broken: string[];
  crashCount: number;
  jumpCount: number;
}

const refusals: ReadonlySet<string> = new Set([
  'insufficient_funds',
  'idempotency_key_reused',
  'idempotent_replays_used_up',
]);

export const describe = (fault: unknown): string =>
  fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);

/** Whether it passes by itself: the caller is told to come again. */
export const passes = (fault: unknown): boolean =>
  fault instanceof AggregateError
    ? fault.errors.every(passes)
    : (fault instanceof DomainError && fault.code === 'unavailable') || isTransientFault(fault);

export const cameOf = (fault: unknown): Came => {
  if (fault instanceof DomainError && refusals.has(fault.code)) {
    return { as: 'refused', code: fault.code, message: fault.message };
  }
  return passes(fault) ? { as: 'unknown', why: describe(fault) } : { as: 'broken', why: describe(fault) };
};
