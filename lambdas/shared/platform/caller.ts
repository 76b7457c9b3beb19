// Who calls, once authenticated. Made only by accounts/gateway.ts.
export type MemberRole = 'owner' | 'admin' | 'billing' | 'developer' | 'viewer';

export const keyScopes = [
  'infer',
  'models:read',
  'models:write',
  'data',
  'train',
  'billing:read',
  'billing:write',
  'admin',
] as const;
export type KeyScope = (typeof keyScopes)[number];

/** `calls` may be made at once; those used up come back evenly, all of them within `windowSeconds`. */
export interface RateLimit {
  readonly calls: number;
  readonly windowSeconds: number;
}

/** A call by a key counts against both, one by an access token against the account's. */
export interface CallLimits {
  readonly key: RateLimit;
  readonly account: RateLimit;
}

export interface Caller {
  /** `acc_…`: the tenant acted for, who pays and owns. */
  readonly accountId: string;
  /** The account's publisher name, if it has one. */
  readonly handle: string | undefined;
  /** `usr_…`: who signed in, or who made the key. */
  readonly userId: string;
  readonly role: MemberRole;
  /** True only for an access token whose holder is in the operators’ group. */
  readonly operator: boolean;
  readonly via: 'token' | 'key';
  /** `key_…` when `via` is `key`. */
  readonly keyId: string | undefined;
  /** What the key may do; undefined for an access token, which may do whatever the role may. */
  readonly scopes: readonly KeyScope[] | undefined;
  /** Names of the only models the key may call; undefined: any. */
  readonly models: readonly string[] | undefined;
  /** Where the account's are not those of the default plan. */
  readonly limits?: CallLimits;
}

export interface Credentials {
  readonly authorization: string | undefined;
  /** Header `x-aimass-account`: which of a person’s accounts to act for. */
  readonly accountId: string | undefined;
  readonly sourceIp: string | undefined;
}

/**
 * Tells who calls and whether they may.
 * @param known - awaited once it is known whose credentials they are, before it is decided whether they may
 * @returns undefined only where `auth` allows nobody and no credentials came
 * @throws DomainError unauthenticated, invalid_token, invalid_key, permission_denied, operator_only …
 */
export type Authenticate = (
  credentials: Credentials,
  need: { readonly auth: 'optional' | 'required' | 'operator'; readonly permission: string | undefined },
  nowMs: number,
  known?: (caller: Caller) => Promise<void>,
) => Promise<Caller | undefined>;

/** What the limits have to say about a call that they let through. */
export interface Admission {
  /** Of the answer, whatever it is: `RateLimit` and `RateLimit-Policy`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Goes on while the call is worked on, and must end before it is answered; never rejects. */
  readonly beside: Promise<void> | undefined;
}

/**
 * Counts a call against the limits of its key and account.
 * @param figures - of the call's log line
 * @throws DomainError rate_limited
 */
export type Limit = (
  caller: Caller,
  need: { readonly auth: 'optional' | 'required' | 'operator' },
  figures: Record<string, string | number | boolean | undefined>,
) => Promise<Admission>;
