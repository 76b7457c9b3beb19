// Whose act a change is, and what the end of a version is: what models and versions themselves name.
import type { Caller } from '../../shared/platform/caller.ts';
import type { retirementRules } from '../terms.ts';

/** The notice that a version will stop answering. */
export interface Deprecation {
  readonly sinceMs: number;
  /** From then on it answers no more. */
  readonly sunsetAtMs: number;
  /** A published version of the same model to go over to. */
  readonly successor?: string | undefined;
  readonly reason: string;
}

export interface Retirement {
  readonly atMs: number;
  readonly successor?: string | undefined;
  readonly reason: string;
  readonly rule: (typeof retirementRules)[number];
  /** Who asked for it. */
  readonly by: Actor;
  /** Once its files are gone. */
  readonly purgedAtMs?: number | undefined;
}

/** Who makes a change: a person, a key that a person made, an operator below /v1/admin, or the platform by itself. */
export type Actor =
  | { readonly kind: 'user' | 'operator'; readonly userId: string }
  | { readonly kind: 'key'; readonly userId: string; readonly keyId: string }
  | { readonly kind: 'platform' };

export interface Act {
  readonly by: Actor;
  /** In the words of who makes it, where they are asked. */
  readonly reason?: string | undefined;
}

export interface ModelChange {
  readonly changed: readonly string[];
  readonly act: Act;
}

export const PLATFORM: Actor = { kind: 'platform' };

/** Whose act a call is. */
export const actOf = (caller: Pick<Caller, 'userId' | 'keyId'>, reason?: string): Act => {
  const { userId, keyId } = caller;
  const by: Actor = keyId === undefined ? { kind: 'user', userId } : { kind: 'key', userId, keyId };
  return reason === undefined ? { by } : { by, reason };
};

/** The same below /v1/admin. */
export const operatorAct = ({ userId }: Pick<Caller, 'userId'>, reason: string): Act => ({
  by: { kind: 'operator', userId },
  reason,
});
