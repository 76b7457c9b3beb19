// billing: what others may import. Routes, events and env names; the charge itself is billing/gateway.ts.
import { z } from 'zod';
import { defineRoutes } from '../shared/platform/route.ts';
import { idOf, listOf, listQuery, micros, modelName, timestamp } from '../shared/platform/schemas.ts';

/** Environment of a function that charges or reads money. */
export const billingEnv = z.object({ BILLING_TABLE: z.string().min(1) });

/** A model's price as the registry keeps it; each change gets the next version. */
export interface ModelPrice {
  /** Decimal rate strings of micros. */
  readonly perCallMicros: string;
  readonly perRowMicros: string;
  readonly version: number;
}

/** One paid (or free) call, computed and encoded, about to be answered. */
export interface ChargeRequest {
  /** `inf_…`; its ULID's minute is the minute the event is kept under. */
  readonly inferenceId: string;
  readonly accountId: string;
  readonly keyId: string | undefined;
  readonly userId: string;
  readonly model: string;
  readonly version: string;
  /** Who publishes the model: the same account pays only the platform's fee. */
  readonly ownerAccountId: string;
  readonly price: ModelPrice;
  /** Rows charged, 0 or more. */
  readonly rowCount: number;
  /** The function that ran the model, e.g. `run-2gib`. */
  readonly lane: string;
  readonly idempotency: { readonly key: string; readonly requestSha256: string } | undefined;
}

/** What the record says once it is durable. */
export interface ChargeRecord {
  readonly inferenceId: string;
  readonly model: string;
  readonly version: string;
  readonly amountMicros: bigint;
  /** True when an earlier call with the same idempotency key was charged, and this one was not. */
  readonly replayed: boolean;
}

/** What billing does in the caller's process (billing/gateway.ts makes it). */
export interface Billing {
  /**
   * Before running: is this key a repeat? Counts the replay when it is.
   * @returns the record to repeat (run the same version again, free), or undefined for a new key
   * @throws DomainError idempotency_key_reused (other body), idempotent_replays_used_up
   */
  findReplay(request: {
    accountId: string;
    idempotency: { key: string; requestSha256: string };
    nowMs: number;
  }): Promise<ChargeRecord | undefined>;
  /** What a call will cost this account: the same arithmetic as the charge. */
  quote(request: Pick<ChargeRequest, 'accountId' | 'ownerAccountId' | 'price' | 'rowCount'>): bigint;
  /**
   * Before running: refuses early when the balance clearly does not cover `amountMicros`, and makes the minute of the
   * id findable for usage. Run it beside the model; its failure refuses the call.
   * @throws DomainError insufficient_funds
   */
  prepare(request: { accountId: string; inferenceId: string; amountMicros: bigint }): Promise<void>;
  /**
   * One transaction: put the usage event if absent, debit the wallet if funds. When it returns, the answer may leave.
   * @throws DomainError insufficient_funds, idempotency_key_reused, unavailable
   */
  charge(request: ChargeRequest): Promise<ChargeRecord>;
}

/** The one currency of a deployment: every `…Micros` is millionths of it. */
export const BILLING_CURRENCY = 'USD';

/** The largest single grant. */
export const MAX_GRANT_MICROS = 1_000_000_000_000n;

const balance = z.object({
  availableMicros: micros.meta({ description: 'What can be spent now, the credit limit included' }),
  reservedMicros: micros.meta({ description: 'Held for long work that is under way' }),
  creditLimitMicros: micros.meta({ description: 'How far below zero the account may go' }),
  currency: z.literal(BILLING_CURRENCY),
});

/** What usage can be grouped by. */
export const usageGroups = ['model', 'key', 'day', 'hour'] as const;
export type UsageGroup = (typeof usageGroups)[number];

const isUsageGroup = (name: string): name is UsageGroup => usageGroups.some((group) => group === name);

const groupBy = z
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
const moment = (description: string) =>
  z
    .union(
      [z.iso.date(), z.iso.datetime({ offset: true })],
      'must be a day like 2026-11-23 or an instant like 2026-11-23T20:46:00.000Z',
    )
    .refine((text) => text >= '2000' && text < '2200', 'must be between the years 2000 and 2199')
    .optional()
    .meta({ description });

const usageItem = z.object({
  model: z.string().optional().meta({ description: 'When grouped by model', example: 'acme.iris' }),
  keyId: z.string().nullable().optional().meta({ description: 'When grouped by key; null: calls by access token' }),
  day: z.string().optional().meta({ description: 'When grouped by day, UTC', example: '2026-11-23' }),
  hour: z.string().optional().meta({ description: 'When grouped by hour, UTC', example: '2026-11-23T20' }),
  calls: z.number().int().min(0),
  rows: z.number().int().min(0),
  amountMicros: micros,
});

const ledgerEntry = z.object({
  id: idOf('txn'),
  type: z.enum(['grant']),
  amountMicros: micros.meta({ description: 'Added to the balance' }),
  reason: z.string(),
  createdAt: timestamp,
  updatedAt: timestamp,
});

const grant = ledgerEntry.extend({
  accountId: idOf('acc'),
  grantedBy: idOf('usr').meta({ description: 'The operator' }),
});

const grantRequest = z.strictObject({
  accountId: idOf('acc'),
  amountMicros: micros
    .refine((text) => /^[1-9]/.test(text), 'must be 1 or more')
    .meta({ description: `1 to ${MAX_GRANT_MICROS}` }),
  reason: z.string().trim().min(1, 'must not be empty').max(200, 'must be at most 200 characters'),
});

export const billingRoutes = defineRoutes({
  getBalance: {
    method: 'GET',
    path: '/v1/balance',
    summary: 'Get the balance',
    description: 'Strongly consistent: a call that was just answered is in it.',
    auth: 'required',
    permission: 'billing:read',
    responses: { 200: { description: 'What the account can spend', body: balance } },
    errors: [],
  },
  getUsage: {
    method: 'GET',
    path: '/v1/usage',
    summary: 'Get usage',
    description:
      'Sums of billed calls, strongly consistent: a call that was just answered is in them. Days and hours are UTC; ' +
      'the resolution is a minute. At most 366 days, or 31 when grouped by hour.',
    auth: 'required',
    permission: 'billing:read',
    query: listQuery.extend({
      groupBy,
      from: moment('First day, or first instant; default: the first of this month'),
      to: moment('Last day (it is included), or the instant to stop before; default: now'),
      model: modelName.optional().meta({ description: 'Only this model' }),
    }),
    responses: {
      200: {
        description: 'One item per group, by time and name',
        body: listOf(usageItem).extend({
          from: timestamp.meta({ description: 'First instant counted' }),
          to: timestamp.meta({ description: 'Counted up to here, not including it' }),
        }),
      },
    },
    errors: ['invalid_cursor'],
  },
  listLedger: {
    method: 'GET',
    path: '/v1/ledger',
    summary: 'List ledger entries',
    description: 'What was added to the balance, latest first. What calls took from it is in `/v1/usage`.',
    auth: 'required',
    permission: 'billing:read',
    query: listQuery,
    responses: { 200: { description: 'A page of entries', body: listOf(ledgerEntry) } },
    errors: ['invalid_cursor'],
  },
  createGrant: {
    method: 'POST',
    path: '/v1/admin/grants',
    summary: 'Grant funds to an account',
    auth: 'operator',
    body: grantRequest,
    idempotent: true,
    responses: {
      201: {
        description: 'The grant; the same one when the idempotency key was used for it before',
        body: grant,
        headers: { location: 'The list that the grant is in' },
      },
    },
    errors: ['account_not_found', 'grant_limit_exceeded', 'idempotency_key_reused'],
  },
  listGrants: {
    method: 'GET',
    path: '/v1/admin/grants',
    summary: 'List grants',
    description: 'Latest first. Of one account it is strongly consistent; of all it may lag by a second.',
    auth: 'operator',
    query: listQuery.extend({ accountId: idOf('acc').optional() }),
    responses: { 200: { description: 'A page of grants', body: listOf(grant) } },
    errors: ['invalid_cursor'],
  },
});
