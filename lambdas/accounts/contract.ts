// accounts: what others may import. Who may do what is decided by the one table here.
import { z } from 'zod';
import type { KeyScope, MemberRole } from '../shared/platform/caller.ts';

/** Environment of a function that authenticates. */
export const accountsEnv = z.object({
  ACCOUNTS_TABLE: z.string().min(1),
  USER_POOL_ID: z.string().min(1),
  USER_POOL_CLIENT_ID: z.string().min(1),
});

/** Cognito group of the platform's operators. */
export const OPERATORS_GROUP = 'operators';

interface Grant {
  readonly roles: readonly MemberRole[];
  /** Any one of these scopes lets a key do it; none: keys never may. */
  readonly scopes: readonly KeyScope[];
}

const everyone: readonly MemberRole[] = ['owner', 'admin', 'billing', 'developer', 'viewer'];
const builders: readonly MemberRole[] = ['owner', 'admin', 'developer'];
const managers: readonly MemberRole[] = ['owner', 'admin'];

/** Permission × member role × key scope: decides everything. */
export const permissions = {
  'account:read': { roles: everyone, scopes: ['admin', 'models:read', 'models:write', 'infer', 'billing:read'] },
  'account:write': { roles: managers, scopes: ['admin'] },
  'keys:read': { roles: builders, scopes: ['admin'] },
  'keys:write': { roles: builders, scopes: ['admin'] },
  'models:read': { roles: everyone, scopes: ['models:read', 'models:write', 'infer'] },
  'models:write': { roles: builders, scopes: ['models:write'] },
  'models:publish': { roles: builders, scopes: ['models:write'] },
  'models:price': { roles: managers, scopes: ['models:write'] },
  'models:infer': { roles: builders, scopes: ['infer'] },
  'billing:read': { roles: ['owner', 'admin', 'billing'], scopes: ['billing:read', 'billing:write'] },
  'billing:write': { roles: ['owner', 'admin', 'billing'], scopes: ['billing:write'] },
} as const satisfies Record<string, Grant>;

export type Permission = keyof typeof permissions;
