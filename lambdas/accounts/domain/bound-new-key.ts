// No key is stronger than its maker: not in scopes, models, address ranges or life.
import { DomainError, type FieldError } from '../../shared/kernel/errors.ts';
import type { ApiKey, Caller, KeyScope } from '../ports.ts';
import { mayGrantScope } from './authorize.ts';

interface Wish {
  readonly scopes: readonly KeyScope[];
  readonly models?: readonly string[] | undefined;
  readonly cidrs?: readonly string[] | undefined;
  /** RFC 3339. */
  readonly expiresAt?: string | undefined;
}

type Bounds = Pick<ApiKey, 'scopes' | 'models' | 'cidrs' | 'keyExpiresAtMs'>;

/**
 * What the new key is bound to. Where the maker is a key and the wish is silent, the maker's own bounds hold.
 * @param maker - the key that makes it; undefined for a person
 * @throws DomainError permission_denied for more than the maker has, validation_failed for a time that has passed
 */
export const boundNewKey = (
  wish: Wish,
  caller: Pick<Caller, 'role' | 'scopes'>,
  maker: Bounds | undefined,
  nowMs: number,
): Bounds => {
  const keyExpiresAtMs = wish.expiresAt === undefined ? maker?.keyExpiresAtMs : Date.parse(wish.expiresAt);
  if (keyExpiresAtMs !== undefined && keyExpiresAtMs <= nowMs) throw notInFuture(wish.expiresAt);
  const errors: FieldError[] = [];
  for (const [index, scope] of wish.scopes.entries()) {
    if (!mayGrantScope(caller, scope)) {
      errors.push({ pointer: `/scopes/${index}`, detail: `must be a scope that you may hand out, got '${scope}'` });
    }
  }
  errors.push(...beyond('models', wish.models, maker?.models), ...beyond('cidrs', wish.cidrs, maker?.cidrs));
  if (maker?.keyExpiresAtMs !== undefined && (keyExpiresAtMs ?? Number.POSITIVE_INFINITY) > maker.keyExpiresAtMs) {
    const latest = new Date(maker.keyExpiresAtMs).toISOString();
    errors.push({ pointer: '/expiresAt', detail: `must be ${latest} at most, when the key that makes it ends` });
  }
  if (errors.length > 0) {
    const message = errors.map(({ pointer, detail }) => `'${pointer}' ${detail}`).join('; ');
    throw new DomainError('forbidden', 'permission_denied', message, { errors });
  }
  return {
    scopes: wish.scopes,
    models: wish.models ?? maker?.models,
    cidrs: wish.cidrs ?? maker?.cidrs,
    keyExpiresAtMs,
  };
};

const beyond = (
  field: string,
  wished: readonly string[] | undefined,
  allowed: readonly string[] | undefined,
): FieldError[] =>
  (wished ?? []).flatMap((value, index) =>
    !allowed || allowed.includes(value)
      ? []
      : [{ pointer: `/${field}/${index}`, detail: `must be one of ${allowed.join(', ')}, got '${value}'` }],
  );

const notInFuture = (expiresAt: string | undefined) => {
  const detail = `must be in the future, got ${expiresAt ?? 'nothing'}`;
  return new DomainError('invalid', 'validation_failed', `'/expiresAt' ${detail}`, {
    errors: [{ pointer: '/expiresAt', detail }],
  });
};
