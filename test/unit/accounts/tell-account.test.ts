import { describe, expect, it } from 'vitest';
import { accountEtag, type KnownMember, tellAccount } from '../../../lambdas/accounts/routes/tell-account.ts';
import type { Caller, KeyScope } from '../../../lambdas/shared/platform/caller.ts';

const times = { revision: 1, createdAtMs: 1, updatedAtMs: 1 };
const found: KnownMember = {
  user: {
    userId: 'usr_1',
    email: 'ada@example.com',
    displayName: 'Ada',
    locale: 'en',
    personalAccountId: 'acc_1',
    ...times,
  },
  member: {
    account: { accountId: 'acc_1', kind: 'personal', handle: 'acme', plan: 'free', ...times },
    role: 'owner',
  },
};

const callerWith = (scopes: readonly KeyScope[] | undefined): Caller => ({
  accountId: 'acc_1',
  handle: 'acme',
  userId: 'usr_1',
  role: 'owner',
  operator: false,
  via: scopes ? 'key' : 'token',
  keyId: scopes ? 'key_1' : undefined,
  scopes,
  models: undefined,
});

describe('the e-mail address of an account’s person', () => {
  it.each<{ scopes: readonly KeyScope[] | undefined; email: string | null }>([
    { scopes: undefined, email: 'ada@example.com' },
    { scopes: ['admin'], email: 'ada@example.com' },
    { scopes: ['infer', 'admin'], email: 'ada@example.com' },
    { scopes: ['infer'], email: null },
    { scopes: ['models:read', 'models:write', 'billing:read'], email: null },
  ])('is $email for scopes $scopes', ({ scopes, email }) => {
    expect(tellAccount(found, callerWith(scopes)).user).toMatchObject({ email, displayName: 'Ada' });
  });

  it('is part of what the ETag names', () => {
    expect(accountEtag(found, callerWith(['infer']))).not.toBe(accountEtag(found, callerWith(['admin'])));
    expect(accountEtag(found, callerWith(['admin']))).toBe(accountEtag(found, callerWith(undefined)));
  });
});
