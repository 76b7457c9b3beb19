// billing's API function: each route of the contract with its use case.

import * as z from 'zod/mini';
import { accountsEnv } from '../../accounts/contract.ts';
import { createAccountFinder, createAuthenticator, createLimiter } from '../../accounts/gateway.ts';
import { createApi } from '../../shared/platform/api.ts';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { dynamoLedger } from '../adapters/dynamo-ledger.ts';
import { dynamoOpenPeriods } from '../adapters/dynamo-open-periods.ts';
import { dynamoPriceBookStore } from '../adapters/dynamo-price-book.ts';
import { dynamoUsage } from '../adapters/dynamo-usage.ts';
import { dynamoWallets } from '../adapters/dynamo-wallets.ts';
import { billingEnv, billingRoutes } from '../contract.ts';
import { createGrant } from '../routes/create-grant.ts';
import { getBalance } from '../routes/get-balance.ts';
import { getPrices } from '../routes/get-prices.ts';
import { getUsage } from '../routes/get-usage.ts';
import { listGrants } from '../routes/list-grants.ts';
import { listLedger } from '../routes/list-ledger.ts';
import { listPrices } from '../routes/list-prices.ts';
import { setPrices } from '../routes/set-prices.ts';

const env = readEnv(z.extend(accountsEnv, billingEnv.shape));
const table = env.BILLING_TABLE;
const findAccount = createAccountFinder(env, documentClient());
const ledger = dynamoLedger(documentClient(), table);
const prices = dynamoPriceBookStore(documentClient(), table);

export const handler = createApi({
  routes: billingRoutes,
  authenticate: createAuthenticator(env, documentClient()),
  limit: createLimiter(env, documentClient()),
  useCases: {
    getBalance: getBalance(dynamoWallets(documentClient(), table)),
    getUsage: getUsage({
      open: dynamoOpenPeriods(documentClient(), table),
      usage: dynamoUsage(documentClient(), table),
    }),
    listLedger: listLedger(ledger),
    createGrant: createGrant({
      accounts: { exists: async (accountId) => (await findAccount(accountId)) !== undefined },
      ledger,
    }),
    listGrants: listGrants(ledger),
    getPrices: getPrices(prices),
    setPrices: setPrices(prices),
    listPrices: listPrices(prices),
  },
});
