// Whether a caller may: member role AND, for a key, scope. The table is in contract.ts.
import { DomainError } from '../../shared/kernel/errors.ts';
import { type Grant, type Permission, permissions, scopeRoles } from '../contract.ts';
import type { Caller, KeyScope } from '../ports.ts';

/** Narrows a route's permission. @throws Error when the table has no such row: a route's mistake, not the caller's */
export const knownPermission = (name: string): Permission => {
  if (Object.hasOwn(permissions, name)) return name as Permission;
  throw new Error(`'permission' must be a row of the table in accounts/contract.ts, got '${name}'`);
};

type Asking = Pick<Caller, 'role' | 'scopes'> & Partial<Pick<Caller, 'models'>>;

/** @throws DomainError permission_denied, naming the role or scope that is missing, or the models that a key is bound to */
export const authorize = (caller: Asking, permission: Permission): void => {
  const { roles, scopes, ofAllModels }: Grant = permissions[permission];
  if (!roles.includes(caller.role)) {
    throw denied(`'${permission}' needs the role ${list(roles)} in the account, got '${caller.role}'`);
  }
  if (caller.scopes && !caller.scopes.some((scope) => scopes.includes(scope))) {
    const needed = scopes.length === 0 ? 'a signed-in person, not a key' : `a key with the scope ${list(scopes)}`;
    throw denied(`'${permission}' needs ${needed}, got ${list(caller.scopes, 'and')}`);
  }
  if (ofAllModels && caller.models) {
    throw denied(
      `'${permission}' needs a key that is bound to no models, got one bound to ${list(caller.models, 'and')}`,
    );
  }
};

/** @throws DomainError operator_only */
export const authorizeOperator = (caller: Pick<Caller, 'operator' | 'via'>): void => {
  if (caller.operator) return;
  const came = caller.via === 'key' ? 'an API key' : 'a person who is not in the group of operators';
  throw new DomainError('forbidden', 'operator_only', `this needs the access token of an operator, got ${came}`);
};

/** Whether the caller may hand the scope to a new key: its role may, and a key has the scope itself. */
export const mayGrantScope = (caller: Pick<Caller, 'role' | 'scopes'>, scope: KeyScope): boolean =>
  (scopeRoles[scope] as readonly string[]).includes(caller.role) && (caller.scopes?.includes(scope) ?? true);

const denied = (message: string) => new DomainError('forbidden', 'permission_denied', message);

const list = (names: readonly string[], last = 'or') => {
  const quoted = names.map((name) => `'${name}'`);
  return quoted.length < 2 ? quoted.join() : `${quoted.slice(0, -1).join(', ')} ${last} ${quoted.at(-1)}`;
};
