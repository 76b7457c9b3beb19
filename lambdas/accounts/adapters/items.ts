// What the accounts table holds. Keys: `pk`, `sk`; `expiresAt` is the table's TTL and nothing else.
//
//   pk            sk                 item
//   usr_…         user               person
//   usr_…         member#acc_…       role of the person in the account; gsi1: acc_… / member#usr_…
//   acc_…         account            tenant, and the count of its keys
//   acc_…         key#key_…          API key, all but the secret
//   acc_…         revoked#key_…      the same once it is revoked, for 400 days
//   acc_…         claim#<sha256>     idempotency key that made a key
//   key_…         secret             SHA-256 of the key's text, and whose it is
//   handle#<name> handle             who has the name
//   outbox#<n>    evt_…              event to be published
import { z } from 'zod';
import { keyScopes } from '../../shared/platform/caller.ts';
import { locales, memberRoles } from '../contract.ts';
import type { Account, ApiKey, Membership, StoredSecret, User } from '../ports.ts';

const stored = { schema: z.literal(1) };
const times = { createdAtMs: z.number().int(), updatedAtMs: z.number().int() };

export const userItem = z
  .object({
    ...stored,
    userId: z.string(),
    email: z.string(),
    displayName: z.string().optional(),
    locale: z.enum(locales),
    personalAccountId: z.string(),
    revision: z.number().int(),
    ...times,
  })
  .transform(({ schema: _, displayName, ...rest }): User => ({ ...rest, displayName }));

export const accountItem = z
  .object({
    ...stored,
    accountId: z.string(),
    kind: z.enum(['personal', 'organisation']),
    handle: z.string().optional(),
    plan: z.string(),
    revision: z.number().int(),
    ...times,
  })
  .transform(({ schema: _, handle, ...rest }): Account => ({ ...rest, handle }));

export const membershipItem = z
  .object({ ...stored, userId: z.string(), accountId: z.string(), role: z.enum(memberRoles) })
  .transform(({ schema: _, ...rest }): Membership => rest);

export const keyItem = z
  .object({
    ...stored,
    keyId: z.string(),
    accountId: z.string(),
    userId: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(keyScopes)),
    models: z.array(z.string()).optional(),
    cidrs: z.array(z.string()).optional(),
    keyExpiresAtMs: z.number().int().optional(),
    revokedAtMs: z.number().int().optional(),
    ...times,
  })
  .transform(({ schema: _, models, cidrs, keyExpiresAtMs, revokedAtMs, ...rest }): ApiKey => {
    return { ...rest, models, cidrs, keyExpiresAtMs, revokedAtMs };
  });

export const secretItem = z
  .object({ ...stored, accountId: z.string(), userId: z.string(), secretSha256: z.string().length(64) })
  .transform(({ schema: _, ...rest }): StoredSecret => rest);

export const claimItem = z.object({
  ...stored,
  requestSha256: z.string(),
  keyId: z.string(),
  expiresAt: z.number().int(),
});

export const userKey = (userId: string) => ({ pk: userId, sk: 'user' });
export const memberKey = (userId: string, accountId: string) => ({ pk: userId, sk: `member#${accountId}` });
export const accountKey = (accountId: string) => ({ pk: accountId, sk: 'account' });
export const keyKey = (accountId: string, keyId: string) => ({ pk: accountId, sk: `key#${keyId}` });
export const revokedKey = (accountId: string, keyId: string) => ({ pk: accountId, sk: `revoked#${keyId}` });
export const secretKey = (keyId: string) => ({ pk: keyId, sk: 'secret' });
export const handleKey = (handle: string) => ({ pk: `handle#${handle}`, sk: 'handle' });
