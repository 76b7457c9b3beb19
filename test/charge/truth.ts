// What the table says when all is over: its items, and every state they ever had.
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { microsAttribute } from '../../lambdas/shared/platform/attributes.ts';
import { readWholeStream, type StreamReader, type StreamRecord } from '../support/dynamo-stream.ts';

const whole = z.union([z.number(), z.bigint()]).transform(Number);

const event = z
  .object({
    pk: z.string(),
    sk: z.string(),
    accountId: z.string(),
    ownerAccountId: z.string(),
    model: z.string(),
    keyId: z.string().default('-'),
    userId: z.string(),
    rowCount: whole,
    amountMicros: microsAttribute,
    legs: z.object({
      consumer: microsAttribute,
      publisher: microsAttribute,
      platform: microsAttribute,
      compute: z.optional(microsAttribute),
    }),
    outcome: z.string().optional(),
    requestSha256: z.string().optional(),
  })
  .transform(({ pk, sk, ...rest }) => ({ ...rest, inferenceId: sk, minute: pk.split('#')[1] ?? '' }));
export type StoredEvent = z.output<typeof event>;

const entry = z.object({
  sk: z.string(),
  accountId: z.string(),
  amountMicros: microsAttribute,
  legs: z.object({ account: microsAttribute, grants: microsAttribute }),
  reason: z.string(),
});
export type StoredEntry = z.output<typeof entry>;

const keyRecord = z.object({
  pk: z.string(),
  sk: z.string(),
  use: z.literal('call'),
  inferenceId: z.string(),
  requestSha256: z.string(),
  amountMicros: microsAttribute,
  replays: whole,
});
export type StoredKey = z.output<typeof keyRecord> & { readonly accountId: string };

const sum = z.object({
  pk: z.string(),
  sk: z.string(),
  period: z.string(),
  model: z.string(),
  keyId: z.string(),
  calls: whole,
  rows: whole,
  amountMicros: microsAttribute,
});
export type StoredSum = z.output<typeof sum> & { readonly accountId: string };

export interface Truth {
  readonly events: readonly StoredEvent[];
  readonly entries: readonly StoredEntry[];
  readonly keys: readonly StoredKey[];
  readonly sums: readonly StoredSum[];
  /** `avail` of each account's wallet, in the order in which it had them; the last is what it has now. */
  readonly balances: ReadonlyMap<string, readonly bigint[]>;
  /** `revision` of the wallet in each of these states. */
  readonly revisions: ReadonlyMap<string, readonly number[]>;
  /** Ids of events that were changed or removed after they were written. */
  readonly changedEvents: readonly string[];
  /** How many items of periods were summed while calls went on: their markers were dropped. */
  readonly closedCount: number;
}

const accountOf = (pk: string) => pk.slice(0, pk.indexOf('#'));
const isEvent = ({ pk, sk }: { pk: string; sk: string }) => sk.startsWith('inf_') && /#\d{4}-/.test(pk);

const scanAll = async (client: DynamoDBDocument, TableName: string): Promise<Record<string, unknown>[]> => {
  const items: Record<string, unknown>[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await client.scan({
      TableName,
      ConsistentRead: true,
      ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
    });
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return items;
};

/** A number of each account's wallet, in every state that it had. */
const statesOf = (
  stream: readonly StreamRecord[],
  { name, absent }: { readonly name: string; readonly absent?: bigint },
): Map<string, bigint[]> => {
  const states = new Map<string, bigint[]>();
  for (const { sk, pk, image } of stream) {
    if (sk !== 'wallet') continue;
    const value = image?.[name] ?? absent;
    if (typeof value !== 'bigint') throw new Error(`a wallet of ${pk} must have a whole '${name}', got ${value}`);
    states.set(pk, [...(states.get(pk) ?? []), value]);
  }
  return states;
};

export const readTruth = async (at: {
  readonly client: DynamoDBDocument;
  readonly table: string;
  readonly stream: StreamReader;
}): Promise<Truth> => {
  const items = await scanAll(at.client, at.table);
  const stream = await readWholeStream(at.stream);
  const keyed = items.map((item) => ({ item, ...z.object({ pk: z.string(), sk: z.string() }).parse(item) }));
  const under = (suffix: string) => keyed.filter(({ pk }) => pk.endsWith(suffix));
  return {
    events: keyed.filter(isEvent).map(({ item }) => event.parse(item)),
    entries: under('#ledger').map(({ item }) => entry.parse(item)),
    keys: under('#idem').flatMap(({ item, pk }) => {
      const parsed = keyRecord.safeParse(item);
      return parsed.success ? [{ ...parsed.data, accountId: accountOf(pk) }] : [];
    }),
    sums: under('#usage').map(({ item, pk }) => ({ ...sum.parse(item), accountId: accountOf(pk) })),
    balances: statesOf(stream, { name: 'avail' }),
    // A fence before the first grant makes a wallet that no money has changed yet.
    revisions: new Map(
      [...statesOf(stream, { name: 'revision', absent: 0n })].map(([pk, states]) => [pk, states.map(Number)]),
    ),
    changedEvents: stream.filter((one) => isEvent(one) && one.change !== 'INSERT').map(({ sk }) => sk),
    closedCount: stream.filter(({ pk, change }) => pk.endsWith('#open') && change === 'REMOVE').length,
  };
};
