import { describe, expect, it } from 'vitest';
import { type Permission, permissions, scopeRoles } from '../../../lambdas/accounts/contract.ts';
import {
  authorize,
  authorizeOperator,
  knownPermission,
  mayGrantScope,
} from '../../../lambdas/accounts/domain/authorize.ts';
import { type KeyScope, keyScopes, type MemberRole } from '../../../lambdas/shared/platform/caller.ts';

const person = (role: MemberRole) => ({ role, scopes: undefined });
const key = (role: MemberRole, ...scopes: KeyScope[]) => ({ role, scopes });

describe('authorize', () => {
  it.each([
    { caller: person('viewer'), permission: 'models:read', why: 'anybody in the account reads models' },
    { caller: person('developer'), permission: 'models:publish', why: 'developers publish' },
    { caller: person('developer'), permission: 'models:promote', why: 'developers move aliases' },
    { caller: key('admin', 'models:write'), permission: 'models:protect', why: 'managers say who moves which' },
    { caller: person('admin'), permission: 'models:delete', why: 'managers delete' },
    { caller: person('billing'), permission: 'billing:write', why: 'billing members pay' },
    {
      caller: { ...key('owner', 'admin'), models: undefined },
      permission: 'webhooks:write',
      why: 'it is bound to none',
    },
    { caller: key('owner', 'infer'), permission: 'models:infer', why: 'the scope is what calling needs' },
    { caller: key('owner', 'infer'), permission: 'models:read', why: 'who may call may also look' },
    {
      caller: key('developer', 'train', 'models:write'),
      permission: 'models:write',
      why: 'one scope of many is enough',
    },
  ] as const)('lets through: $why', ({ caller, permission }) => {
    expect(() => authorize(caller, permission)).not.toThrow();
  });

  it.each([
    { caller: person('viewer'), permission: 'models:infer', names: "'viewer'", why: 'a viewer spends no money' },
    { caller: person('developer'), permission: 'billing:read', names: "'developer'", why: 'developers see no bills' },
    {
      caller: person('developer'),
      permission: 'models:price',
      names: "'owner' or 'admin'",
      why: 'prices are for managers',
    },
    { caller: person('viewer'), permission: 'models:promote', names: "'viewer'", why: 'viewers move nothing' },
    {
      caller: key('owner', 'models:read'),
      permission: 'models:promote',
      names: "'models:write'",
      why: 'moving an alias is a write',
    },
    {
      caller: key('developer', 'models:write'),
      permission: 'models:protect',
      names: "'owner' or 'admin'",
      why: 'a key has its maker’s role',
    },
    {
      caller: { ...key('owner', 'admin'), models: ['acme.a', 'acme.b'] },
      permission: 'webhooks:write',
      names: "'acme.a' and 'acme.b'",
      why: 'a webhook is told of all models of the account',
    },
    {
      caller: { ...key('owner', 'admin'), models: ['acme.a'] },
      permission: 'webhooks:read',
      names: "bound to no models, got one bound to 'acme.a'",
      why: 'deliveries tell of all models of the account',
    },
    {
      caller: person('developer'),
      permission: 'models:delete',
      names: "'owner' or 'admin'",
      why: 'what others call is not a developer’s to delete',
    },
    { caller: person('billing'), permission: 'keys:write', names: "'billing'", why: 'billing members make no keys' },
    { caller: key('owner', 'models:read'), permission: 'models:infer', names: "'infer'", why: 'the scope is missing' },
    { caller: key('owner'), permission: 'account:read', names: "'admin'", why: 'a key without scopes may nothing' },
    {
      caller: key('viewer', 'models:write'),
      permission: 'models:write',
      names: "'viewer'",
      why: 'the maker was demoted',
    },
  ] as const)('refuses and says what is missing: $why', ({ caller, permission, names }) => {
    expect(() => authorize(caller, permission)).toThrow(
      expect.objectContaining({ code: 'permission_denied', message: expect.stringContaining(names) }),
    );
  });

  it('gives an owner with an access token every permission', () => {
    for (const permission of Object.keys(permissions)) authorize(person('owner'), permission as Permission);
  });

  it('gives no key more than its maker’s role has', () => {
    for (const permission of Object.keys(permissions) as Permission[]) {
      const roles: readonly MemberRole[] = permissions[permission].roles;
      if (roles.includes('viewer')) continue;
      expect(() => authorize(key('viewer', ...keyScopes), permission)).toThrow(/viewer/);
    }
  });

  it('fails loudly for a permission that the table does not have', () => {
    expect(() => knownPermission('models:sell')).toThrow(/models:sell/);
    expect(() => knownPermission('toString')).toThrow(/toString/);
  });
});

describe('authorizeOperator', () => {
  it('is for operators alone, and tells a key that a key cannot be one', () => {
    expect(() => authorizeOperator({ operator: true, via: 'token' })).not.toThrow();
    expect(() => authorizeOperator({ operator: false, via: 'token' })).toThrow(/not in the group/);
    expect(() => authorizeOperator({ operator: false, via: 'key' })).toThrow(/got an API key/);
  });
});

describe('mayGrantScope', () => {
  it('lets an owner hand out every scope, and a key only its own', () => {
    for (const scope of keyScopes) {
      expect(mayGrantScope(person('owner'), scope)).toBe(true);
      expect(mayGrantScope(key('owner', 'admin'), scope)).toBe(scope === 'admin');
    }
  });

  it('keeps from a developer the scopes of money and of the account itself', () => {
    const granted = keyScopes.filter((scope) => mayGrantScope(person('developer'), scope));
    expect(granted).toEqual(['infer', 'models:read', 'models:write', 'data', 'train']);
    expect(scopeRoles.admin).not.toContain('developer');
  });
});
