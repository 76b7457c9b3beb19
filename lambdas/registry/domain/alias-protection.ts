// Who may move an alias: whoever may move aliases at all, unless it is protected.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Alias, MemberRole } from '../ports/aliases.ts';

/** @param alias - undefined: there is none yet */
export const mayMove = (alias: Pick<Alias, 'protectedRoles'> | undefined, role: MemberRole): boolean =>
  alias?.protectedRoles?.includes(role) ?? true;

/** A key has the role of who made it. @throws DomainError permission_denied */
export const requireMovable = (alias: Alias | undefined, { role }: { readonly role: MemberRole }): void => {
  if (mayMove(alias, role)) return;
  const roles = (alias?.protectedRoles ?? []).map((one) => `'${one}'`).join(' or ');
  throw new DomainError(
    'forbidden',
    'permission_denied',
    `alias '${alias?.alias}' of '${alias?.model}' is protected: moving it, or ending a version that it names, needs the role ${roles} in the account, got '${role}'`,
  );
};

/** Ending a version moves whatever names it, now or when its notice is over. @throws DomainError permission_denied */
export const requireMayEnd = (
  version: string,
  aliases: readonly Alias[],
  caller: { readonly role: MemberRole },
): void => {
  for (const alias of aliases) {
    if (alias.targets.some((target) => target.version === version)) requireMovable(alias, caller);
  }
};
