// An account's limits as operators see them.
import { DomainError } from '../../shared/kernel/errors.ts';
import { planLimits } from '../contract.ts';
import { limitsOf } from '../domain/limits-of.ts';
import type { Account } from '../ports.ts';

/** @throws DomainError account_not_found when there is none */
export const tellLimits = (accountId: string, account: Account | undefined) => {
  if (!account) throw new DomainError('not_found', 'account_not_found', `no account ${accountId}`);
  const { plan, limits: set = {} } = account;
  const { limits = planLimits.free } = limitsOf(account);
  return { accountId: account.accountId, plan, ...limits, set };
};
