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
}

export interface Credentials {
  readonly authorization: string | undefined;
  /** Header `x-aimass-account`: which of a person’s accounts to act for. */
  readonly accountId: string | undefined;
  readonly sourceIp: string | undefined;
}

/**
 * Tells who calls and whether they may.
 * @returns undefined only where `auth` allows nobody and no credentials came
 * @throws DomainError unauthenticated, invalid_token, invalid_key, permission_denied, operator_only …
 */
export type Authenticate = (
  credentials: Credentials,
  need: { readonly auth: 'optional' | 'required' | 'operator'; readonly permission: string | undefined },
  nowMs: number,
) => Promise<Caller | undefined>;
