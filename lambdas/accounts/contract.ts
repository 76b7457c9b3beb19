// accounts: what others may import. Who may do what is decided by the one table here.
import * as z from 'zod/mini';
import type { CallLimits, KeyScope, MemberRole } from '../shared/platform/caller.ts';
import { memberRoles } from './terms.ts';

export {
  type AccountCreatedData,
  type AccountDeletedData,
  accountCreatedData,
  accountDeletedData,
} from './event-data.ts';
export { accountsRoutes } from './route-table.ts';
export { type LimitOverride, limitOverride, locales, memberRoles, rateLimit } from './terms.ts';

/** Environment of a function that authenticates. */
export const accountsEnv = z.object({
  ACCOUNTS_TABLE: z.string().check(z.minLength(1)),
  USER_POOL_ID: z.string().check(z.minLength(1)),
  USER_POOL_CLIENT_ID: z.string().check(z.minLength(1)),
  /** Set where AWS is elsewhere than at its own addresses: the pool's signing keys are read there too. */
  AWS_ENDPOINT_URL: z.optional(z.url()),
});
export type AccountsEnv = z.output<typeof accountsEnv>;

/** Cognito group of the platform's operators. */
export const OPERATORS_GROUP = 'operators';

/** Most keys an account may have that are not revoked. */
export const KEY_LIMIT = 100;

/** Partition keys of what every function that authenticates may change: how far calls are used up. */
export const LEASE_PREFIX = 'lease#';

/** How many calls an account may make, in all and by each key, unless an operator set it otherwise. By plan. */
export const planLimits = {
  free: { key: { calls: 500, windowSeconds: 5 }, account: { calls: 2_000, windowSeconds: 10 } },
} as const satisfies Record<string, CallLimits>;

export interface Grant {
  readonly roles: readonly MemberRole[];
  /** Any one of these scopes lets a key do it; none: keys never may. */
  readonly scopes: readonly KeyScope[];
  /** What is done or told is of all the account's models: a key that is bound to some of them never may. */
  readonly ofAllModels?: true;
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
  /** Aliases: what calls without a version are answered by. One that is protected names the roles that may move it. */
  'models:promote': { roles: builders, scopes: ['models:write'] },
  'models:protect': { roles: managers, scopes: ['models:write'] },
  'models:delete': { roles: managers, scopes: ['models:write'] },
  'models:price': { roles: managers, scopes: ['models:write'] },
  'models:grant': { roles: managers, scopes: ['models:write'] },
  'models:subscribe': { roles: payers, scopes: ['billing:write'] },
  'models:apply': { roles: builders, scopes: ['infer', 'models:write'] },
  /** Reviews speak in the account's name. */
  'models:review': { roles: builders, scopes: ['infer', 'models:write'] },
  'models:report': { roles: everyone, scopes: ['models:read', 'models:write', 'infer'] },
  'models:infer': { roles: builders, scopes: ['infer'] },
  'webhooks:read': { roles: builders, scopes: ['admin'], ofAllModels: true },
  'webhooks:write': { roles: builders, scopes: ['admin'], ofAllModels: true },
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
