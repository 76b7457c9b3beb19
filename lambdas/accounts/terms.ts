// What stands both on the wire and in the table.
import * as z from 'zod/mini';
import type { MemberRole } from '../shared/platform/caller.ts';

export const memberRoles = ['owner', 'admin', 'billing', 'developer', 'viewer'] as const satisfies MemberRole[];

/** `calls` at once, which come back evenly within `windowSeconds`. */
export const rateLimit = z.strictObject({
  calls: z
    .int()
    .check(z.minimum(1), z.maximum(1_000_000), z.meta({ description: 'How many may be made at once', example: 500 })),
  windowSeconds: z
    .int()
    .check(
      z.minimum(1),
      z.maximum(3_600),
      z.meta({ description: 'Within how many seconds all of them come back, evenly', example: 5 }),
    ),
});

/** What an operator set for one account; what is absent is the plan's. */
export const limitOverride = z.strictObject({ key: z.optional(rateLimit), account: z.optional(rateLimit) });
export type LimitOverride = z.output<typeof limitOverride>;

export const locales = ['en', 'zh-CN'] as const;
