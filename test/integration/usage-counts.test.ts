// From charges to what is told of models: however sealing and counting are killed, and in whatever order and however often
// their events come, each call counts once for its model and for who made it.
import { ulid } from 'ulidx';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sealDue } from '../../lambdas/billing/domain/seal.ts';
import { dynamoModels } from '../../lambdas/registry/adapters/dynamo-models.ts';
import { dynamoUsageCounts } from '../../lambdas/registry/adapters/dynamo-usage-counts.ts';
import { toModelItem } from '../../lambdas/registry/adapters/items.ts';
import { consumeUsage } from '../../lambdas/registry/routes/consume-usage.ts';
import { createContextTable } from '../support/emulator.ts';
import { fraction } from '../support/faults.ts';
import { free } from '../unit/billing/charge-request.ts';
import { TABLE } from './billing-place.ts';
import { type BooksPlace, startBooks } from './books-place.ts';
import { type Death, dying } from './dying.ts';

const REGISTRY = 'aimass-test-registry';
const MODELS = ['acme.iris', 'acme.wine', 'beta.digits'];
const KEY = 'key_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const START_MS = Date.parse('2026-07-01T10:00:05Z');
const LATER_MS = Date.parse('2026-07-03T00:00:00Z');
const [acme, beta] = [`acc_${ulid(1)}`, `acc_${ulid(2)}`];
const ownerOf = (model: string) => (model.startsWith('acme') ? acme : beta);
const callers = [...Array.from({ length: 4 }, (_, index) => `acc_${ulid(10 + index)}`), acme];

type Item = Record<string, unknown>;

let books: BooksPlace;

const modelItem = (name: string): Item =>
  toModelItem({
    name,
    ownerAccountId: ownerOf(name),
    summary: 'A model',
    description: undefined,
    task: 'other',
    license: 'MIT',
    tags: [],
    visibility: 'public',
    price: { ...free },
    latestVersion: '1.0.0',
    publishedCount: 1,
    revision: 1,
    createdAtMs: 1,
    updatedAtMs: 1,
  });

/** Every caller, its own publisher too, calls in seven minutes, by two keys, models in turn. */
const charge = async () => {
  for (const [index, accountId] of callers.entries()) {
    await books.grantAt(accountId, START_MS, 1_000_000n);
    for (let call = 0; call < 18; call++) {
      const model = MODELS[(call + index) % MODELS.length] ?? '';
      await books.chargeAt(accountId, START_MS + Math.floor(call / 3) * 60_000 + call * 10, {
        model,
        ownerAccountId: ownerOf(model),
        keyId: call % 2 === 0 ? KEY : undefined,
        rowCount: call,
        ...(call % 4 === 3 ? { price: free } : {}),
      });
    }
  }
  await books.chargeRatedAt(callers[0] ?? '', START_MS + 400_000, false);
};

const scan = async (TableName: string, prefix: string): Promise<Item[]> => {
  const { Items = [] } = await books.client.scan({
    TableName,
    ConsistentRead: true,
    FilterExpression: 'begins_with(pk, :prefix)',
    ExpressionAttributeValues: { ':prefix': prefix },
  });
  return Items;
};

/** Kills the sealer at every third of its calls, before or after it was done, and begins it anew. */
const seal = async () => {
  const time = { nowMs: LATER_MS, deadlineMs: Number.POSITIVE_INFINITY, clock: () => 0 };
  let deathCount = 0;
  const ports = ({ wallets, open, usage }: BooksPlace['stores']) => ({ wallets, open, usage });
  for (let afterCalls = 1; afterCalls < 60; afterCalls += 3) {
    const death: Death = { afterCalls, done: afterCalls % 2 === 0 };
    const mortal = dying(ports(books.stores), death);
    await sealDue(mortal.ports, time).catch(() => {});
    deathCount += Number(mortal.died());
  }
  for (let runs = 0; runs < 3; runs++) await Promise.all([sealDue(books.stores, time), sealDue(books.stores, time)]);
  return deathCount;
};

/** What waits in billing's outbox, as the queue hands it on. */
const messages = async () =>
  (await scan(TABLE, 'outbox#')).map(({ sk, source, detailType, detail }) => ({
    messageId: String(sk),
    body: JSON.stringify({ source, 'detail-type': detailType, detail: JSON.parse(String(detail)) }),
  }));

const shuffled = <T>(some: readonly T[], seed: number): T[] =>
  some
    .map((one, index) => ({ one, rank: fraction(seed, index) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ one }) => one);

const deliver = async (all: readonly { messageId: string; body: string }[], round: number) => {
  const usage = dynamoUsageCounts(books.client, REGISTRY);
  const models = dynamoModels(books.client, REGISTRY);
  const consume = (death: Death | undefined) =>
    consumeUsage({
      ...(death ? dying({ usage, models }, death).ports : { usage, models }),
      onFault: () => {},
      onDone: () => {},
      clock: () => LATER_MS,
    });
  let left = shuffled([...all, ...all], round);
  for (let run = 0; left.length > 0; run++) {
    const batches = [left.slice(0, 7), left.slice(7, 14)];
    const failed = await Promise.all(
      batches.map(async (Records, index) => {
        const death = run < 12 ? { afterCalls: (run * 5 + index) % 17, done: (run + index) % 2 === 0 } : undefined;
        const { batchItemFailures } = await consume(death)({ Records });
        const ids = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        return Records.filter(({ messageId }) => ids.has(messageId));
      }),
    );
    left = shuffled([...left.slice(14), ...failed.flat()], run);
  }
};

beforeAll(async () => {
  books = await startBooks();
  await createContextTable(books.emulator.endpoint, REGISTRY);
  for (const name of MODELS) await books.client.put({ TableName: REGISTRY, Item: modelItem(name) });
  await charge();
}, 120_000);

afterAll(() => books?.stop());

/** By model and account, added up anew from the events. */
const truth = async () => {
  const calls = new Map<string, number>();
  for (const accountId of callers)
    for (const { model, ownerAccountId, outcome } of await books.eventsOf(accountId)) {
      if (ownerAccountId === accountId || outcome !== undefined) continue;
      const name = `${model} ${accountId}`;
      calls.set(name, (calls.get(name) ?? 0) + 1);
    }
  return calls;
};

const expectCounted = async () => {
  const calls = await truth();
  const users = await scan(REGISTRY, 'user#');
  expect(new Map(users.map(({ pk, sk, callCount }) => [`${String(pk).slice(5)} ${sk}`, callCount]))).toEqual(calls);
  for (const model of MODELS) {
    const { Item: stats } = await books.client.get({ TableName: REGISTRY, Key: { pk: `model#${model}`, sk: 'stats' } });
    const ofModel = [...calls].filter(([name]) => name.startsWith(`${model} `));
    expect(stats).toMatchObject({
      schema: 1,
      callCount: ofModel.reduce((sum, [, count]) => sum + count, 0),
      callerCount: ofModel.length,
    });
    // As billing's sums of days have it, but for what its publisher called itself.
    let summed = 0;
    for (const accountId of callers.filter((one) => one !== ownerOf(model)))
      for (const sum of await books.stores.usage.sums(accountId, 'day', '2026-07-01', '2026-07-01'))
        if (sum.model === model) summed += sum.calls;
    const timedOut = model === 'acme.iris' ? 1 : 0;
    expect(stats?.callCount).toBe(summed - timedOut);
  }
};

it('counts each call once, whoever dies, and in whatever order it is told', { timeout: 240_000 }, async () => {
  expect(await seal()).toBeGreaterThan(10);
  const all = await messages();
  expect(all.length).toBeGreaterThan(20);
  await deliver(all, 1);
  await expectCounted();
  // Once more, days later: nothing changes.
  await deliver(all, 2);
  await expectCounted();
  const told = await scan(REGISTRY, 'outbox#');
  expect(new Set(told.map(({ detailType }) => detailType))).toEqual(new Set(['ModelStatsChanged.v1']));
  expect(told.map(({ detail }) => String(detail)).join()).not.toContain(callers[0]);
});

it('tells nothing of a minute that is counted again and holds what it held', { timeout: 60_000 }, async () => {
  const before = await messages();
  const minute = '2026-07-01T10:00';
  for (const period of [minute.slice(0, 10), minute.slice(0, 13), minute])
    for (const accountId of callers) await books.stores.open.mark(accountId, period);
  await sealDue(books.stores, { nowMs: LATER_MS, deadlineMs: Number.POSITIVE_INFINITY, clock: () => 0 });
  expect(await books.stores.open.list(callers[0] ?? '')).toEqual([]);
  expect(await messages()).toEqual(before);
});

it('tells of a late call alone when its minute is counted again', { timeout: 60_000 }, async () => {
  const before = await messages();
  const [event] = await books.eventsOf(callers[1] ?? '');
  const late = `inf_${ulid(START_MS)}`;
  await books.put({
    ...event,
    pk: `${String(event?.pk).slice(0, -1)}${late.charCodeAt(late.length - 1) % 4}`,
    sk: late,
  });
  for (const period of ['2026-07-01', '2026-07-01T10', '2026-07-01T10:00'])
    await books.stores.open.mark(callers[1] ?? '', period);
  await sealDue(books.stores, { nowMs: LATER_MS, deadlineMs: Number.POSITIVE_INFINITY, clock: () => 0 });
  const after = (await messages()).filter(({ messageId }) => !before.some((one) => one.messageId === messageId));
  expect(after.map(({ body }) => JSON.parse(body).detail.data.models)).toEqual([
    [{ model: event?.model, calls: 1, rows: Number(event?.rowCount) }],
  ]);
  await deliver(after, 3);
  await expectCounted();
});
