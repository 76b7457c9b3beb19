// What billing's routes carry: balance, usage, ledger, grants and the operator's price book.
import * as z from 'zod';
import { idOf, micros, rate, timestamp } from '../shared/platform/schemas.ts';

/** The one currency of a deployment: every `…Micros` is millionths of it. */
export const BILLING_CURRENCY = 'USD';

/** The largest single grant. */
export const MAX_GRANT_MICROS = 1_000_000_000_000n;

export const balance = z.object({
  availableMicros: micros.meta({ description: 'What can be spent now, the credit limit included' }),
  reservedMicros: micros.meta({ description: 'Held for long work that is under way' }),
  creditLimitMicros: micros.meta({ description: 'How far below zero the account may go' }),
  currency: z.literal(BILLING_CURRENCY),
});

/** What usage can be grouped by. */
export const usageGroups = ['model', 'key', 'day', 'hour'] as const;
export type UsageGroup = (typeof usageGroups)[number];

const isUsageGroup = (name: string): name is UsageGroup => usageGroups.some((group) => group === name);

export const groupBy = z
  .string()
  .default('model,day')
  .transform((text) => text.split(','))
  .refine(
    (names) => names.every(isUsageGroup) && new Set(names).size === names.length,
    `must be some of ${usageGroups.join(', ')}, separated by commas, each once`,
  )
  .transform((names) => names.filter(isUsageGroup))
  .meta({ description: 'Any of model, key, day, hour, separated by commas', example: 'model,day' });

/** A day, or an instant. */
export const moment = (description: string) =>
  z
    .union(
      [z.iso.date(), z.iso.datetime({ offset: true })],
      'must be a day like 2026-11-23 or an instant like 2026-11-23T20:46:00.000Z',
    )
    .refine((text) => text >= '2000' && text < '2200', 'must be between the years 2000 and 2199')
    .optional()
    .meta({ description });

export const usageItem = z.object({
  model: z.string().optional().meta({ description: 'When grouped by model', example: 'acme.iris' }),
  keyId: z.string().nullable().optional().meta({ description: 'When grouped by key; null: calls by access token' }),
  day: z.string().optional().meta({ description: 'When grouped by day, UTC', example: '2026-11-23' }),
  hour: z.string().optional().meta({ description: 'When grouped by hour, UTC', example: '2026-11-23T20' }),
  calls: z.number().int().min(0),
  rows: z.number().int().min(0),
  amountMicros: micros,
});

export const ledgerEntry = z.object({
  id: idOf('txn'),
  type: z.enum(['grant']),
  amountMicros: micros.meta({ description: 'Added to the balance' }),
  reason: z.string(),
  createdAt: timestamp,
  updatedAt: timestamp,
});

export const grant = ledgerEntry.extend({
  accountId: idOf('acc'),
  grantedBy: idOf('usr').meta({ description: 'The operator' }),
});

export const grantRequest = z.strictObject({
  accountId: idOf('acc'),
  amountMicros: micros
    .refine((text) => /^[1-9]/.test(text), 'must be 1 or more')
    .meta({ description: `1 to ${MAX_GRANT_MICROS}` }),
  reason: z.string().trim().min(1, 'must not be empty').max(200, 'must be at most 200 characters'),
});

/** The highest compute fee: a currency unit for a second of a gigabyte. More is a slip of the pen. */
export const MAX_PER_GB_SECOND_MICROS = 1_000_000;

const publisherShare = z
  .number()
  .min(0)
  .max(1)
  .refine(
    (share) => Math.abs(share * 10_000 - Math.round(share * 10_000)) < 1e-6,
    'must have at most four fractional digits',
  )
  .meta({ description: 'The publisher’s part of a model’s price, 0 to 1; the platform keeps the rest', example: 0.8 });

const computeFee = z.strictObject({
  perGbSecondMicros: rate
    .refine((text) => Number(text) <= MAX_PER_GB_SECOND_MICROS, `must be at most ${MAX_PER_GB_SECOND_MICROS}`)
    .meta({
      description: 'Of every run, by the memory of the function that runs it; `0` is none. The platform’s alone',
      example: '13.3334',
    }),
});

export const priceBook = z.object({
  version: z.int().min(0).meta({ description: '0: nobody has set any, and the defaults hold' }),
  publisherShare,
  computeFee,
  reason: z.string().nullable(),
  changedBy: idOf('usr').nullable().meta({ description: 'The operator' }),
  createdAt: timestamp.nullable(),
  updatedAt: timestamp.nullable(),
});

export const priceBookRequest = z.strictObject({
  publisherShare,
  computeFee,
  reason: z.string().trim().min(1, 'must not be empty').max(200, 'must be at most 200 characters'),
});

export const ifMatch = z.object({
  'if-match': z
    .string()
    .max(256)
    .optional()
    .meta({ description: 'An `ETag`; the book is changed only if it still holds' }),
});
