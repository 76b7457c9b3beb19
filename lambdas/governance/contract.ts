// governance: what others may import. Health, configuration, the API's description, and the relay of events.
import { z } from 'zod';

export const governanceEnv = z.object({
  STAGE: z.string().min(1),
  BUILD: z.string().min(1),
  AWS_REGION: z.string().min(1),
});
