// What accounts needs from outside.

import type { KeyScope, MemberRole, RateLimit } from '../shared/platform/caller.ts';
import type { LimitOverride, locales } from './contract.ts';

/** The platform's own words for who calls, so that domain/ needs to look no further than here. */
export type { Caller, CallLimits, KeyScope, MemberRole, RateLimit } from '../shared/platform/caller.ts';

export type Locale = (typeof locales)[number];

/** A person. */
export interface User {
  readonly userId: string;
  readonly email: string;
  readonly displayName: string | undefined;
  readonly locale: Locale;
  readonly personalAccountId: string;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** A tenant. */
export interface Account {
  readonly accountId: string;
  readonly kind: 'personal' | 'organisation';
  readonly handle: string | undefined;
  readonly plan: string;
  /** What an operator set for this account; what is absent is the plan's. */
  readonly limits?: LimitOverride | undefined;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface Membership {
  readonly userId: string;
  readonly accountId: string;
  readonly role: MemberRole;
}

export interface ApiKey {
  readonly keyId: string;
  readonly accountId: string;
  /** Who made it; the key can do no more than this person's role at the moment of the call. */
  readonly userId: string;
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly models: readonly string[] | undefined;
  readonly cidrs: readonly string[] | undefined;
  readonly keyExpiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface AccountPatch {
  readonly handle?: string;
  /** null removes it. */
  readonly displayName?: string | null;
  readonly locale?: Locale;
}

export interface AccountStore {
  /** A person and their role in one account (undefined: the personal one). Strongly consistent. */
  findMember(userId: string, accountId: string | undefined): Promise<Member | undefined>;
  findAccount(accountId: string): Promise<Account | undefined>;
  /** @returns the id of the account that has the handle */
  findByHandle(handle: string): Promise<string | undefined>;
  /** Makes user, personal account and membership at once. @returns false when the user is there already: nothing was changed */
  createPersonal(person: { userId: string; email: string; accountId: string; nowMs: number }): Promise<boolean>;
  /** Changes what the patch names, all or nothing. @param expected - revisions that must still hold */
  update(change: {
    readonly userId: string;
    readonly accountId: string;
    readonly patch: AccountPatch;
    readonly expected: { readonly account: number; readonly user: number } | undefined;
    readonly nowMs: number;
  }): Promise<'updated' | 'handle_taken' | 'handle_already_set' | 'changed_meanwhile'>;
  /** A page of a person's accounts, by id. @param after - the last account id of the page before */
  listAccounts(request: {
    userId: string;
    limit: number;
    after: string | undefined;
  }): Promise<{ items: readonly { account: Account; role: MemberRole }[]; last: string | undefined }>;
}

/** A person in an account. `account` and `role` are undefined where the person is no member. */
export interface Member {
  readonly user: User;
  readonly member: { readonly account: Account; readonly role: MemberRole } | undefined;
}

export interface StoredSecret {
  readonly accountId: string;
  readonly userId: string;
  /** SHA-256 of the whole key text, hex. */
  readonly secretSha256: string;
}

export interface KeyStore {
  /** What decides whether a secret is right, by key id alone. Strongly consistent. */
  findSecret(keyId: string): Promise<StoredSecret | undefined>;
  /** A revoked key too: `revokedAtMs` tells it. Strongly consistent. */
  find(accountId: string, keyId: string): Promise<ApiKey | undefined>;
  /**
   * Puts the key, its secret's hash and the idempotency claim at once, as long as the key that makes it is in force.
   * @returns `replay` with the id of the key that the same claim made before
   */
  create(request: {
    readonly key: ApiKey;
    /** The key that makes it, of the same account; undefined for a person. */
    readonly makerKeyId: string | undefined;
    readonly secretSha256: string;
    readonly idempotency: { readonly key: string; readonly requestSha256: string } | undefined;
    readonly nowMs: number;
  }): Promise<
    | { readonly outcome: 'created' | 'limit' | 'claim_reused' | 'maker_revoked' }
    | { readonly outcome: 'replay'; readonly keyId: string }
  >;
  /** A page of the keys that are not revoked, oldest first. @param after - the last key id of the page before */
  list(request: {
    accountId: string;
    limit: number;
    after: string | undefined;
  }): Promise<{ items: readonly ApiKey[]; last: string | undefined }>;
  /** @returns false when the account has no such key; revoking twice is true */
  revoke(request: { accountId: string; keyId: string; nowMs: number }): Promise<boolean>;
}

/** The claims of an access token that counts. */
export interface VerifiedToken {
  /** Cognito's `sub`, a UUID. */
  readonly sub: string;
  /** Cognito's user name, by which the directory is asked. */
  readonly username: string;
  readonly groups: readonly string[];
  readonly expiresAtMs: number;
}

export interface TokenVerifier {
  /** @throws DomainError invalid_token, or unavailable when the pool's signing keys cannot be read */
  verify(token: string): Promise<VerifiedToken>;
}

/** The user pool, asked once per person. */
export interface Directory {
  /** @returns undefined when there is no such person any more */
  find(username: string): Promise<{ readonly email: string | undefined; readonly emailVerified: boolean } | undefined>;
}

export interface IpRanges {
  contain(cidrs: readonly string[], address: string): boolean;
}

/** Limits of an account’s own. */
export interface LimitStore {
  findAccount(accountId: string): Promise<Account | undefined>;
  /** Replaces them. @returns the account as it is now, undefined when there is none */
  setLimits(change: {
    readonly accountId: string;
    readonly limits: LimitOverride;
    readonly nowMs: number;
  }): Promise<Account | undefined>;
}

/** What an environment asks of a subject's limit. */
export interface LeaseRequest {
  /** `acc_…` or `key_…` */
  readonly subject: string;
  readonly limit: RateLimit;
  /** Calls asked for, those owed among them; as many are granted as there is room for. */
  readonly count: number;
  /** Calls made already: granted whether there is room or not. */
  readonly owed: 0 | 1;
  readonly nowMs: number;
  /** Where the subject's arrival time was last seen, epoch microseconds. */
  readonly seenTatUs: number | undefined;
}

export interface LeaseGrant {
  /** From `owed` to `count`. */
  readonly granted: number;
  /** The subject's arrival time from now on, epoch microseconds. */
  readonly tatUs: number;
}

/** Where the limits of accounts and keys are counted, for all environments together. */
export interface LeaseStore {
  take(request: LeaseRequest): Promise<LeaseGrant>;
}
