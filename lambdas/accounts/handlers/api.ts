// accounts-api: the account, its keys and limits, and the accounts a person belongs to.
import { createApi } from '../../shared/platform/api.ts';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { dynamoAccounts } from '../adapters/dynamo-accounts.ts';
import { dynamoKeys } from '../adapters/dynamo-keys.ts';
import { dynamoLimits } from '../adapters/dynamo-limits.ts';
import { accountsEnv, accountsRoutes } from '../contract.ts';
import { createAuthenticator, createLimiter } from '../gateway.ts';
import { createKey } from '../routes/create-key.ts';
import { getAccount } from '../routes/get-account.ts';
import { getKey } from '../routes/get-key.ts';
import { getLimits } from '../routes/get-limits.ts';
import { listAccounts } from '../routes/list-accounts.ts';
import { listKeys } from '../routes/list-keys.ts';
import { revokeKey } from '../routes/revoke-key.ts';
import { setLimits } from '../routes/set-limits.ts';
import { updateAccount } from '../routes/update-account.ts';

const env = readEnv(accountsEnv);
const accounts = dynamoAccounts(documentClient(), env.ACCOUNTS_TABLE);
const limits = dynamoLimits(documentClient(), env.ACCOUNTS_TABLE);
const keys = dynamoKeys(documentClient(), env.ACCOUNTS_TABLE);

export const handler = createApi({
  routes: accountsRoutes,
  useCases: {
    getAccount: getAccount(accounts),
    updateAccount: updateAccount(accounts),
    listAccounts: listAccounts(accounts),
    createKey: createKey(keys),
    listKeys: listKeys(keys),
    getKey: getKey(keys),
    revokeKey: revokeKey(keys),
    getLimits: getLimits(limits),
    setLimits: setLimits(limits),
  },
  authenticate: createAuthenticator(env, documentClient()),
  limit: createLimiter(env, documentClient()),
});
