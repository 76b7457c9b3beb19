/** GET /v1/config — what a client must know before it can sign in. Reads nothing. */
import type * as z from 'zod';
import { CURRENCY, type governanceApiEnv, limits } from '../contract.ts';

export const getConfig = (env: z.output<typeof governanceApiEnv>) => async () => ({
  status: 200 as const,
  body: {
    region: env.AWS_REGION,
    userPoolId: env.USER_POOL_ID,
    userPoolClientId: env.USER_POOL_CLIENT_ID,
    cognitoEndpoint: env.AWS_ENDPOINT_URL ?? `https://cognito-idp.${env.AWS_REGION}.amazonaws.com`,
    currency: CURRENCY,
    limits,
  },
});
