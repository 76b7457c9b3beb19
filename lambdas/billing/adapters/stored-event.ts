// A stored usage event → what it says, and as a line of an archive.
//
// A line is the item as DynamoDB's own export and import write it, keys sorted: {"Item":{"sk":{"S":"inf_…"}, …}}. Numbers
// stay text from table to object and back, and an archive can be imported into a table without any code of ours.
import * as z from 'zod';
import { isId } from '../../shared/kernel/ids.ts';
import { isRate } from '../../shared/kernel/money.ts';
import { microsAttribute } from '../../shared/platform/attributes.ts';
import type { KeptEvent } from '../domain/kept.ts';
import type { UsageEvent } from '../domain/usage-event.ts';

type Item = Readonly<Record<string, unknown>>;

const count = z.number().int().min(0);
const rate = z.string().refine(isRate, 'must be a rate');

const storedEvent = z
  .object({
    sk: z.string().refine((id) => isId('inf', id), 'must be an inference id'),
    accountId: z.string(),
    keyId: z.string().optional(),
    userId: z.string(),
    model: z.string(),
    version: z.string(),
    ownerAccountId: z.string(),
    rowCount: count,
    amountMicros: microsAttribute,
    price: z.object({ perCallMicros: rate, perRowMicros: rate, version: count }),
    entitlement: z.object({ subscriptionId: z.string(), offerId: z.string(), offerVersion: count }).optional(),
    countedIn: z.string().optional(),
    priceBookVersion: count.optional(),
    publisherShareBps: count.max(10_000),
    compute: z.object({ memoryMiB: count, ms: count, perGbSecondMicros: rate }).optional(),
    outcome: z.literal('timed_out').optional(),
    legs: z.object({
      consumer: microsAttribute,
      publisher: microsAttribute,
      platform: microsAttribute,
      compute: z.optional(microsAttribute),
    }),
    lane: z.string(),
    requestSha256: z.string().optional(),
    at: z.iso.datetime(),
  })
  .transform(
    ({ sk, at, keyId, requestSha256, ...event }): UsageEvent => ({
      inferenceId: sk,
      keyId,
      requestSha256,
      ...event,
      atMs: Date.parse(at),
    }),
  );

const keys = z.object({ pk: z.string(), sk: z.string() });

/** @param item - as the document client hands it out */
export const keptEvent = (item: Item): KeptEvent => {
  const { pk, sk } = keys.parse(item);
  const [accountId = '', minute = '', shard = ''] = pk.split('#');
  const parsed = storedEvent.safeParse(item);
  return {
    id: sk,
    accountId,
    minute,
    shard: Number(shard),
    event: parsed.data,
    fault: parsed.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    line: () => JSON.stringify({ Item: typedMap(item) }),
  };
};

/** @throws Error for what no archive of ours holds */
export const keptEventOfLine = (line: string): KeptEvent =>
  keptEvent(plainMap(z.object({ Item: z.record(z.string(), z.unknown()) }).parse(JSON.parse(line)).Item));

const typedMap = (item: Item): Record<string, object> =>
  Object.fromEntries(
    Object.keys(item)
      .sort()
      .map((name) => [name, typed(item[name])]),
  );

const typed = (value: unknown): object => {
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'number':
    case 'bigint':
      return { N: value.toString() };
    case 'boolean':
      return { BOOL: value };
  }
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(typed) };
  if (value?.constructor === Object) return { M: typedMap(value as Item) };
  throw new Error(`an event must hold plain values, got ${Object.prototype.toString.call(value)}`);
};

const typedValue = z.union([
  z.strictObject({ S: z.string() }),
  z.strictObject({ N: z.string() }),
  z.strictObject({ BOOL: z.boolean() }),
  z.strictObject({ NULL: z.literal(true) }),
  z.strictObject({ L: z.array(z.unknown()) }),
  z.strictObject({ M: z.record(z.string(), z.unknown()) }),
]);

const plain = (value: unknown): unknown => {
  const parsed = typedValue.parse(value);
  if ('S' in parsed) return parsed.S;
  if ('N' in parsed) return plainNumber(parsed.N);
  if ('BOOL' in parsed) return parsed.BOOL;
  if ('L' in parsed) return parsed.L.map(plain);
  return 'M' in parsed ? plainMap(parsed.M) : null;
};

const plainMap = (map: Item): Record<string, unknown> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, plain(value)]));

/** As the document client reads it: a `number` while it is safe, a `bigint` beyond. */
const plainNumber = (text: string): number | bigint => {
  const number = Number(text);
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(text) ? number : BigInt(text);
};
