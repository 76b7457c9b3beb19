// What reviews, calls and downloads of a model add up to, on the wire.
import * as z from 'zod';
import { LEAST_CALLERS_TOLD } from './domain/count-usage.ts';
import { PRIOR_COUNT, PRIOR_RATING } from './domain/rating.ts';

export const rating = z
  .object({
    average: z
      .number()
      .min(1)
      .max(5)
      .nullable()
      .meta({
        description: `As if ${PRIOR_COUNT} more had rated it ${PRIOR_RATING}: what models are sorted and filtered by`,
        example: 4.1,
      }),
    mean: z.number().min(1).max(5).nullable().meta({ description: 'Of the reviews alone', example: 4.7 }),
    count: z.number().int().min(0).meta({ description: 'Reviews', example: 5 }),
  })
  .meta({ description: 'What reviews add up to, rounded to hundredths; `null` while there is none' });

export const usage = z
  .object({
    callCount: z.number().int().min(0).meta({
      description: 'Calls that were answered, but for its publisher’s own; some four minutes behind',
      example: 1_204,
    }),
    callerCount: z
      .number()
      .int()
      .min(LEAST_CALLERS_TOLD)
      .nullable()
      .meta({
        description: `Accounts that called it, ever; \`null\`: fewer than ${LEAST_CALLERS_TOLD}`,
        example: 17,
      }),
    downloadCount: z.number().int().min(0).meta({
      description: 'Downloads, once a day for each account and version, but for its publisher’s own',
      example: 31,
    }),
  })
  .meta({ description: 'How often it was used by others; the rule is in the guide *Find a model*' });
