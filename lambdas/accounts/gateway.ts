// What accounts does in another context's process: tell who calls, and what a key that is bound to
// models may call and see.
import { DomainError } from '../shared/kernel/errors.ts';
import { documentClient } from '../shared/platform/aws.ts';
import type { Authenticate, Caller } from '../shared/platform/caller.ts';
import { readEnv } from '../shared/platform/env.ts';
import { cognitoDirectory } from './adapters/cognito-directory.ts';
import { cognitoTokens } from './adapters/cognito-tokens.ts';
import { dynamoAccounts } from './adapters/dynamo-accounts.ts';
import { dynamoKeys } from './adapters/dynamo-keys.ts';
import { ipRanges } from './adapters/ip-ranges.ts';
import { authenticateWith } from './authenticate.ts';
import { type AccountsEnv, accountsEnv } from './contract.ts';
import { authorize } from './domain/authorize.ts';
import type { Account } from './ports.ts';

/** One per environment, made at start: it holds the cache. @param env - what `readEnv(accountsEnv)` returns */
export const createAuthenticator = (env: AccountsEnv): Authenticate =>
  authenticateWith({
    accounts: dynamoAccounts(documentClient(), env.ACCOUNTS_TABLE),
    keys: dynamoKeys(documentClient(), env.ACCOUNTS_TABLE),
    tokens: cognitoTokens(env),
    directory: cognitoDirectory(env.USER_POOL_ID),
    ipRanges,
  });

/** An account by its id, for who may ask about any: operators. @returns undefined when there is none */
export const findAccount = (accountId: string): Promise<Account | undefined> =>
  dynamoAccounts(documentClient(), readEnv(accountsEnv.pick({ ACCOUNTS_TABLE: true })).ACCOUNTS_TABLE).findAccount(
    accountId,
  );

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
