import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memberRoles } from '../../../lambdas/accounts/contract.ts';
import { boundNewKey } from '../../../lambdas/accounts/domain/bound-new-key.ts';
import { type KeyScope, keyScopes, type MemberRole } from '../../../lambdas/shared/platform/caller.ts';

const NOW = Date.UTC(2026, 10, 23, 20, 46);
const owner = { role: 'owner', scopes: undefined } as const;
const unbound = { models: undefined, cidrs: undefined, keyExpiresAtMs: undefined };
const byKey = (scopes: KeyScope[], bounds: object = {}) => ({
  caller: { role: 'owner' as MemberRole, scopes },
  maker: { scopes, ...unbound, ...bounds },
});

describe('a key made by a person', () => {
  it('is bound to what was wished', () => {
    const wish = { scopes: ['infer'], models: ['acme.iris'], cidrs: ['10.0.0.0/8'], expiresAt: '2027-01-01T00:00:00Z' };
    expect(boundNewKey({ ...wish, scopes: ['infer'] }, owner, undefined, NOW)).toEqual({
      scopes: ['infer'],
      models: ['acme.iris'],
      cidrs: ['10.0.0.0/8'],
      keyExpiresAtMs: Date.UTC(2027, 0, 1),
    });
  });

  it.each(['2026-11-23T20:46:00Z', '2026-11-23T20:45:59.999Z'])('cannot have ended already: %s', (expiresAt) => {
    expect(() => boundNewKey({ scopes: ['infer'], expiresAt }, owner, undefined, NOW)).toThrow(
      expect.objectContaining({ code: 'validation_failed' }),
    );
  });

  it('cannot have scopes that the person’s role may not hand out; the answer says which', () => {
    const developer = { role: 'developer', scopes: undefined } as const;
    expect(() => boundNewKey({ scopes: ['infer', 'admin'] }, developer, undefined, NOW)).toThrow(
      expect.objectContaining({
        code: 'permission_denied',
        extras: { errors: [expect.objectContaining({ pointer: '/scopes/1' })] },
      }),
    );
  });
});

describe('a key made by a key', () => {
  it('inherits its maker’s models, address ranges and end where it wishes none', () => {
    const bounds = { models: ['acme.iris'], cidrs: ['10.0.0.0/8'], keyExpiresAtMs: NOW + 1000 };
    const { caller, maker } = byKey(['admin'], bounds);
    expect(boundNewKey({ scopes: ['admin'] }, caller, maker, NOW)).toEqual({ scopes: ['admin'], ...bounds });
  });

  it.each([
    { wish: { models: ['acme.other'] }, pointer: '/models/0' },
    { wish: { cidrs: ['10.0.0.0/8', '0.0.0.0/0'] }, pointer: '/cidrs/1' },
    { wish: { expiresAt: '2028-01-01T00:00:00Z' }, pointer: '/expiresAt' },
    { wish: { scopes: ['infer' as const] }, pointer: '/scopes/0' },
  ])('cannot go beyond its maker: $pointer', ({ wish, pointer }) => {
    const bounds = { models: ['acme.iris'], cidrs: ['10.0.0.0/8'], keyExpiresAtMs: Date.UTC(2027, 0, 1) };
    const { caller, maker } = byKey(['admin'], bounds);
    expect(() => boundNewKey({ scopes: ['admin'], ...wish }, caller, maker, NOW)).toThrow(
      expect.objectContaining({ extras: { errors: [expect.objectContaining({ pointer })] } }),
    );
  });

  it('never has a scope that its maker or its maker’s role lacks', () => {
    const scopes = fc.uniqueArray(fc.constantFrom(...keyScopes), { minLength: 1 });
    fc.assert(
      fc.property(scopes, scopes, fc.constantFrom(...memberRoles), (makerScopes, wished, role) => {
        let made: readonly KeyScope[];
        try {
          made = boundNewKey(
            { scopes: wished },
            { role, scopes: makerScopes },
            { scopes: makerScopes, ...unbound },
            NOW,
          ).scopes;
        } catch {
          return;
        }
        for (const scope of made) expect(makerScopes).toContain(scope);
        if (role === 'developer') expect(made).not.toContain('billing:write');
        if (role === 'viewer') throw new Error('a viewer hands out nothing');
      }),
    );
  });
});
