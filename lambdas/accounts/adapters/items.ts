// What the accounts table holds. Keys: `pk`, `sk`; `expiresAt` is the table's TTL and nothing else.
//
//   pk            sk                 item
//   usr_…         user               person
//   usr_…         member#acc_…       role of the person in the account; gsi1: acc_… / member#usr_…
//   acc_…         account            tenant, the count of its keys, and limits of its own if an operator set them
//   acc_…         key#key_…          API key, all but the secret
//   acc_…         revoked#key_…      the same once it is revoked, for 400 days
//   acc_…         claim#<sha256>     idempotency key that made a key
//   key_…         secret             SHA-256 of the key's text, and whose it is
//   handle#<name> handle             who has the name
//   lease#<id>    lease              how far the calls of an account or key are used up: see domain/gcra.ts
//   outbox#<n>    evt_…              event to be published
import * as z from 'zod/mini';
import { keyScopes } from '../../shared/platform/caller.ts';
import { LEASE_PREFIX, limitOverride, locales, memberRoles } from '../contract.ts';
import type { Account, ApiKey, Membership, StoredSecret, User } from '../ports.ts';

const stored = { schema: z.literal(1) };
const times = { createdAtMs: z.int(), updatedAtMs: z.int() };

export const userItem = z.pipe(
  z.object({
    ...stored,
    userId: z.string(),
    email: z.string(),
    displayName: z.optional(z.string()),
    locale: z.enum(locales),
    personalAccountId: z.string(),
    revision: z.int(),
    ...times,
  }),
  z.transform(({ schema: _, displayName, ...rest }): User => ({ ...rest, displayName })),
);

export const accountItem = z.pipe(
  z.object({
    ...stored,
    accountId: z.string(),
    kind: z.enum(['personal', 'organisation']),
    handle: z.optional(z.string()),
    plan: z.string(),
    limits: z.optional(limitOverride),
    revision: z.int(),
    ...times,
  }),
  z.transform(({ schema: _, handle, limits, ...rest }): Account => ({ ...rest, handle, limits })),
);

export const membershipItem = z.pipe(
  z.object({ ...stored, userId: z.string(), accountId: z.string(), role: z.enum(memberRoles) }),
  z.transform(({ schema: _, ...rest }): Membership => rest),
);

export const keyItem = z.pipe(
  z.object({
    ...stored,
    keyId: z.string(),
    accountId: z.string(),
    userId: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(keyScopes)),
    models: z.optional(z.array(z.string())),
    cidrs: z.optional(z.array(z.string())),
    keyExpiresAtMs: z.optional(z.int()),
    revokedAtMs: z.optional(z.int()),
    ...times,
  }),
  z.transform(({ schema: _, models, cidrs, keyExpiresAtMs, revokedAtMs, ...rest }): ApiKey => {
    return { ...rest, models, cidrs, keyExpiresAtMs, revokedAtMs };
  }),
);

export const secretItem = z.pipe(
  z.object({ ...stored, accountId: z.string(), userId: z.string(), secretSha256: z.string().check(z.length(64)) }),
  z.transform(({ schema: _, ...rest }): StoredSecret => rest),
);

export const handleItem = z.object({ ...stored, handle: z.string(), accountId: z.string() });

export const claimItem = z.object({
  ...stored,
  requestSha256: z.string(),
  keyId: z.string(),
  expiresAt: z.int(),
});

export const leaseItem = z.object({ tatUs: z.int(), policy: z.string() });

export const userKey = (userId: string) => ({ pk: userId, sk: 'user' });
export const memberKey = (userId: string, accountId: string) => ({ pk: userId, sk: `member#${accountId}` });
export const accountKey = (accountId: string) => ({ pk: accountId, sk: 'account' });
export const keyKey = (accountId: string, keyId: string) => ({ pk: accountId, sk: `key#${keyId}` });
export const revokedKey = (accountId: string, keyId: string) => ({ pk: accountId, sk: `revoked#${keyId}` });
export const secretKey = (keyId: string) => ({ pk: keyId, sk: 'secret' });
export const leaseKey = (subject: string) => ({ pk: `${LEASE_PREFIX}${subject}`, sk: 'lease' });
export const handleKey = (handle: string) => ({ pk: `handle#${handle}`, sk: 'handle' });
