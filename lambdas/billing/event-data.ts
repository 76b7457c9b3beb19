// What billing tells in its events.
import * as z from 'zod/mini';
import { USAGE_EVENT_MODELS } from './domain/counted-usage.ts';

/**
 * Detail data of `UsageSealed.v1`; account and subject are who called. What counts for a model is what others than its
 * publisher called and were answered. Of a minute that is counted again the difference is told, which may be negative.
 */
export const usageSealedData = z.object({
  /** `2026-11-23T20:46` */
  minute: z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/)),
  /** Each at most once. */
  models: z
    .array(z.object({ model: z.string(), calls: z.int(), rows: z.int() }))
    .check(z.minLength(1), z.maxLength(USAGE_EVENT_MODELS)),
});
export type UsageSealedData = z.output<typeof usageSealedData>;
