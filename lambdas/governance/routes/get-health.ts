/** GET /v1/health — that this function answers, and which build it is of. Reads nothing. */
import type * as z from 'zod';
import type { governanceEnv } from '../contract.ts';

export const getHealth = (env: z.output<typeof governanceEnv>) => async () => ({
  status: 200 as const,
  body: { status: 'ok', build: env.BUILD, region: env.AWS_REGION, stage: env.STAGE },
});
