// accounts: what others may import. Who may do what is decided by the one table here.
import { z } from 'zod';
import { namePartPattern } from '../shared/kernel/ids.ts';
import { type KeyScope, keyScopes, type MemberRole } from '../shared/platform/caller.ts';
import { defineRoutes } from '../shared/platform/route.ts';
import { idOf, listOf, listQuery, modelName, timestamp } from '../shared/platform/schemas.ts';

/** Environment of a function that authenticates. */
export const accountsEnv = z.object({
  ACCOUNTS_TABLE: z.string().min(1),
  USER_POOL_ID: z.string().min(1),
  USER_POOL_CLIENT_ID: z.string().min(1),
  /** Set where AWS is elsewhere than at its own addresses: the pool's signing keys are read there too. */
  AWS_ENDPOINT_URL: z.url().optional(),
});
export type AccountsEnv = z.output<typeof accountsEnv>;

/** Cognito group of the platform's operators. */
export const OPERATORS_GROUP = 'operators';

/** Most keys an account may have that are not revoked. */
export const KEY_LIMIT = 100;

export const memberRoles = ['owner', 'admin', 'billing', 'developer', 'viewer'] as const satisfies MemberRole[];

interface Grant {
  readonly roles: readonly MemberRole[];
  /** Any one of these scopes lets a key do it; none: keys never may. */
  readonly scopes: readonly KeyScope[];
}

const everyone: readonly MemberRole[] = memberRoles;
const builders: readonly MemberRole[] = ['owner', 'admin', 'developer'];
const managers: readonly MemberRole[] = ['owner', 'admin'];
const payers: readonly MemberRole[] = ['owner', 'admin', 'billing'];

/** Permission × member role × key scope: decides everything. */
export const permissions = {
  'account:read': { roles: everyone, scopes: ['admin', 'models:read', 'models:write', 'infer', 'billing:read'] },
  'account:write': { roles: managers, scopes: ['admin'] },
  'profile:write': { roles: everyone, scopes: ['admin'] },
  'keys:read': { roles: builders, scopes: ['admin'] },
  'keys:write': { roles: builders, scopes: ['admin'] },
  'models:read': { roles: everyone, scopes: ['models:read', 'models:write', 'infer'] },
  'models:write': { roles: builders, scopes: ['models:write'] },
  'models:publish': { roles: builders, scopes: ['models:write'] },
  'models:price': { roles: managers, scopes: ['models:write'] },
  'models:infer': { roles: builders, scopes: ['infer'] },
  'billing:read': { roles: payers, scopes: ['billing:read', 'billing:write'] },
  'billing:write': { roles: payers, scopes: ['billing:write'] },
} as const satisfies Record<string, Grant>;

export type Permission = keyof typeof permissions;

/** Which roles may hand a scope to a key. What the key can do is still bounded by its maker's role, at every call. */
export const scopeRoles = {
  infer: builders,
  'models:read': builders,
  'models:write': builders,
  data: builders,
  train: builders,
  'billing:read': payers,
  'billing:write': payers,
  admin: managers,
} as const satisfies Record<KeyScope, readonly MemberRole[]>;

/** Detail data of `AccountCreated.v1`; the subject is the account's id. */
export const accountCreatedData = z.object({ kind: z.enum(['personal', 'organisation']), userId: idOf('usr') });
export type AccountCreatedData = z.output<typeof accountCreatedData>;

export const locales = ['en', 'zh-CN'] as const;

const handle = z
  .string()
  .regex(namePartPattern, 'must be 2 to 64 of a-z 0-9 - _, starting with a letter')
  .meta({ description: 'The publisher part of the account’s model names; set once', example: 'acme' });
const displayName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^\P{C}*$/u, 'must not hold control characters')
  .nullable()
  .meta({ example: 'Ada Lovelace' });

const account = z.object({
  id: idOf('acc'),
  handle: handle.nullable(),
  plan: z.string().meta({ example: 'free' }),
  currency: z.string().meta({ example: 'USD' }),
  user: z.object({
    id: idOf('usr'),
    email: z.string().nullable().meta({
      description: 'null for an API key without the scope `admin`: who may only call models need not know it',
      example: 'ada@example.com',
    }),
    displayName,
    locale: z.enum(locales),
    role: z.enum(memberRoles).meta({ description: 'Of this person in this account' }),
    operator: z.boolean().meta({ description: 'True for an access token of an operator of the platform' }),
  }),
  createdAt: timestamp,
  updatedAt: timestamp,
});

const accountPatch = z.strictObject({
  handle: handle.optional(),
  displayName: displayName.optional(),
  locale: z.enum(locales).optional(),
});

const accountItem = account.pick({ id: true, handle: true, createdAt: true, updatedAt: true }).extend({
  kind: z.enum(['personal', 'organisation']),
  role: z.enum(memberRoles),
});

const unique = (values: readonly string[]) => new Set(values).size === values.length;

const newKey = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(64)
    .regex(/^\P{C}*$/u, 'must not hold control characters')
    .meta({ description: 'For people', example: 'notebook' }),
  scopes: z
    .array(z.enum(keyScopes))
    .min(1)
    .max(keyScopes.length)
    .refine(unique, 'must name each scope once')
    .meta({ example: ['infer', 'models:read'] }),
  models: z
    .array(modelName)
    .min(1)
    .max(50)
    .refine(unique, 'must name each model once')
    .optional()
    .meta({ description: 'The only models the key may call; absent: any', example: ['acme.iris'] }),
  cidrs: z
    .array(z.union([z.cidrv4(), z.cidrv6()], 'must be an address range like 203.0.113.0/24 or 2001:db8::/32'))
    .min(1)
    .max(20)
    .refine(unique, 'must name each range once')
    .optional()
    .meta({ description: 'The only address ranges the key may call from; absent: any', example: ['203.0.113.0/24'] }),
  expiresAt: z.iso
    .datetime()
    .optional()
    .meta({ description: 'In the future; absent: never', example: '2027-11-23T20:46:00.000Z' }),
});

const key = z.object({
  id: idOf('key'),
  name: z.string(),
  scopes: z.array(z.enum(keyScopes)),
  models: z.array(modelName).nullable(),
  cidrs: z.array(z.string()).nullable(),
  expiresAt: timestamp.nullable(),
  revokedAt: timestamp.nullable(),
  createdBy: idOf('usr'),
  createdAt: timestamp,
  updatedAt: timestamp,
});

const keyWithSecret = key.extend({
  key: z.string().nullable().meta({
    description: 'What to send as `Authorization: Bearer …`; shown once, so null when the request is a repeat',
  }),
});

const keyParams = z.object({ key: z.string().max(64).meta({ description: 'Id of the key: `key_…`' }) });
const etagHeader = { etag: 'Revision of what the answer tells; send it back in `If-Match` to change exactly this' };
const ifMatch = z.object({
  'if-match': z
    .string()
    .max(256)
    .optional()
    .meta({ description: 'An `ETag`; the change is made only if it still holds' }),
});

export const accountsRoutes = defineRoutes({
  getAccount: {
    method: 'GET',
    path: '/v1/account',
    summary: 'Get the account I act for',
    description: 'A person’s first call makes a personal account. `x-aimass-account` chooses another account.',
    auth: 'required',
    permission: 'account:read',
    responses: { 200: { description: 'The account and the person', body: account, headers: etagHeader } },
    errors: ['account_not_found', 'email_not_verified'],
  },
  updateAccount: {
    method: 'PATCH',
    path: '/v1/account',
    summary: 'Change the account or my profile',
    description:
      'A JSON merge patch. The handle is set once, by an owner or admin, and is part of the account’s model names from then on; `displayName` and `locale` are the person’s own.',
    auth: 'required',
    permission: 'profile:write',
    headers: ifMatch,
    body: accountPatch,
    bodyLimitBytes: 16_384,
    responses: { 200: { description: 'The account as it is now', body: account, headers: etagHeader } },
    errors: ['handle_taken', 'handle_already_set', 'precondition_failed', 'account_not_found', 'email_not_verified'],
  },
  listAccounts: {
    method: 'GET',
    path: '/v1/accounts',
    summary: 'List the accounts I belong to',
    description: 'With an API key: only the account of the key.',
    auth: 'required',
    permission: 'account:read',
    query: listQuery,
    responses: { 200: { description: 'A page of accounts', body: listOf(accountItem) } },
    errors: ['invalid_cursor'],
  },
  createKey: {
    method: 'POST',
    path: '/v1/keys',
    summary: 'Make an API key',
    description:
      'The secret is in this answer and nowhere else. A key can do no more than its maker: it takes scopes that the maker’s role may hand out, and a key makes keys of its own scopes, models, address ranges and life at most. A repeat with the same `Idempotency-Key` answers the same key with `"key": null` and the header `idempotency-replayed: true`; keys of idempotency are kept for 24 hours.',
    auth: 'required',
    permission: 'keys:write',
    body: newKey,
    bodyLimitBytes: 65_536,
    idempotent: true,
    responses: {
      201: {
        description: 'The key, with its secret',
        body: keyWithSecret,
        headers: { location: 'The key’s path', 'idempotency-replayed': '`true` when this repeats an earlier answer' },
      },
    },
    errors: ['key_limit_reached', 'idempotency_key_reused'],
  },
  listKeys: {
    method: 'GET',
    path: '/v1/keys',
    summary: 'List the account’s API keys',
    description: 'Oldest first, without those that were revoked.',
    auth: 'required',
    permission: 'keys:read',
    query: listQuery,
    responses: { 200: { description: 'A page of keys', body: listOf(key) } },
    errors: ['invalid_cursor'],
  },
  getKey: {
    method: 'GET',
    path: '/v1/keys/{key}',
    summary: 'Get an API key',
    description: 'A revoked key can still be read, for 400 days.',
    auth: 'required',
    permission: 'keys:read',
    params: keyParams,
    responses: { 200: { description: 'The key, without its secret', body: key } },
    errors: ['key_not_found'],
  },
  revokeKey: {
    method: 'DELETE',
    path: '/v1/keys/{key}',
    summary: 'Revoke an API key',
    description:
      'Takes effect within 60 seconds everywhere. Revoking a revoked key changes nothing and answers the same.',
    auth: 'required',
    permission: 'keys:write',
    params: keyParams,
    responses: { 204: { description: 'Revoked' } },
    errors: ['key_not_found'],
  },
});
