// What keeps an account from being audited is a finding about that account, and no reason to leave out the others.
import { core } from 'zod/mini';
import type { Finding } from './checks.ts';

/** An item that a store cannot parse, or whatever else a look at the account ended with. */
export const unaudited = (accountId: string, fault: unknown): Finding => {
  if (fault instanceof core.$ZodError) {
    const found = fault.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    return { accountId, check: 'account_unreadable', expected: 'every attribute', found, at: 'items' };
  }
  const found = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
  return { accountId, check: 'not_audited', expected: 'an audit from end to end', found, at: 'account' };
};
