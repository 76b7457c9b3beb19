// What accounts does in another context's process: tell who calls, whether within the limits, and what a key that is
// bound to models may call and see.
import { DomainError } from '../shared/kernel/errors.ts';
import { isId, namePartPattern } from '../shared/kernel/ids.ts';
import type { Authenticate, Caller, Limit } from '../shared/platform/caller.ts';
import type { TableClient } from '../shared/platform/table-client.ts';
import { within } from '../shared/platform/within.ts';
import { cognitoDirectory } from './adapters/cognito-directory.ts';
import { cognitoTokens } from './adapters/cognito-tokens.ts';
import { dynamoAccounts } from './adapters/dynamo-accounts.ts';
import { dynamoKeys } from './adapters/dynamo-keys.ts';
import { dynamoLeases } from './adapters/dynamo-leases.ts';
import { ipRanges } from './adapters/ip-ranges.ts';
import { authenticateWith } from './authenticate.ts';
import type { AccountsEnv } from './contract.ts';
import { authorize } from './domain/authorize.ts';
import { limitCallsWith } from './limit-calls.ts';
import type { Account } from './ports.ts';

/** One per environment, made at start: it holds the cache. @param env - what `readEnv(accountsEnv)` returns */
export const createAuthenticator = (env: AccountsEnv, tables: TableClient): Authenticate =>
  authenticateWith({
    accounts: dynamoAccounts(tables, env.ACCOUNTS_TABLE),
    keys: dynamoKeys(tables, env.ACCOUNTS_TABLE),
    tokens: cognitoTokens(env),
    directory: cognitoDirectory(env.USER_POOL_ID),
    ipRanges,
  });

/** One per environment, made at start: it holds the leases. @param env - what `readEnv(accountsEnv)` returns */
export const createLimiter = (env: Pick<AccountsEnv, 'ACCOUNTS_TABLE'>, tables: TableClient): Limit =>
  limitCallsWith({ leases: dynamoLeases(tables, env.ACCOUNTS_TABLE), clock: Date.now, within });

/** An account by its id, for who may ask about any: operators. @returns undefined when there is none */
export const createAccountFinder =
  (env: Pick<AccountsEnv, 'ACCOUNTS_TABLE'>, tables: TableClient) =>
  (accountId: string): Promise<Account | undefined> =>
    dynamoAccounts(tables, env.ACCOUNTS_TABLE).findAccount(accountId);

/** An account that something is given to, by its id or its handle. @returns undefined when there is none */
export const createGranteeFinder = (env: Pick<AccountsEnv, 'ACCOUNTS_TABLE'>, tables: TableClient) => {
  const accounts = dynamoAccounts(tables, env.ACCOUNTS_TABLE);
  return async (named: string): Promise<Account | undefined> => {
    if (!namePartPattern.test(named)) return isId('acc', named) ? accounts.findAccount(named) : undefined;
    const accountId = await accounts.findByHandle(named);
    return accountId === undefined ? undefined : accounts.findAccount(accountId);
  };
};

/** For what a part of a request needs beyond its route. @throws DomainError permission_denied */
export const requirePermission = authorize;

/** For a key that is bound to models. @throws DomainError permission_denied */
export const requireModel = (caller: Pick<Caller, 'models'>, model: string): void => {
  if (!caller.models || caller.models.includes(model)) return;
  throw new DomainError(
    'forbidden',
    'permission_denied',
    `the API key is bound to ${caller.models.map((name) => `'${name}'`).join(', ')}, got '${model}'`,
  );
};

/**
 * As whom the caller looks at a model: a key that is bound to other models sees it as a stranger does.
 * @returns the account's id, or undefined for nobody
 */
export const viewerOf = (
  caller: Pick<Caller, 'accountId' | 'models'> | undefined,
  model: string,
): string | undefined => (caller && (!caller.models || caller.models.includes(model)) ? caller.accountId : undefined);
