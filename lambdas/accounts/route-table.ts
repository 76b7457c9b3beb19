// The routes of accounts. In a file of their own: functions that only authenticate do without them.
import * as z from 'zod';
import { defineRoutes } from '../shared/platform/route.ts';
import { listOf, listQuery } from '../shared/platform/schemas.ts';
import { limitOverride } from './terms.ts';
import {
  account,
  accountItem,
  accountLimits,
  accountParams,
  accountPatch,
  key,
  keyWithSecret,
  newKey,
} from './wire.ts';

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
  getLimits: {
    method: 'GET',
    path: '/v1/admin/accounts/{account}/limits',
    summary: 'Get an account’s limits',
    auth: 'operator',
    params: accountParams,
    responses: { 200: { description: 'What holds, and what of it was set for this account', body: accountLimits } },
    errors: ['account_not_found'],
  },
  setLimits: {
    method: 'PUT',
    path: '/v1/admin/accounts/{account}/limits',
    summary: 'Set an account’s limits',
    description:
      'In place of its plan’s; what the body leaves out is the plan’s again, `{}` all of it. Holds everywhere within 60 seconds.',
    auth: 'operator',
    params: accountParams,
    body: limitOverride,
    bodyLimitBytes: 16_384,
    responses: { 200: { description: 'What holds now', body: accountLimits } },
    errors: ['account_not_found'],
  },
});
