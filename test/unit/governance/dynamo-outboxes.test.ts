import type { DynamoDBDocument, QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { expect, it } from 'vitest';
import { dynamoOutboxes } from '../../../lambdas/governance/adapters/dynamo-outboxes.ts';
import { outboxItem } from '../../../lambdas/shared/platform/events.ts';

const item = (subject: string) =>
  outboxItem({ source: 'aimass.billing', type: 'Granted.v1', accountId: 'acc_1', subject, data: {} }, Date.now());

/** Answers each query of partition `outbox#0` with the next of its pages, and every other with nothing. */
const documentsWith = (pages: readonly (readonly object[])[]) => {
  let next = 0;
  const query = async (input: QueryCommandInput) => {
    if (input.ExpressionAttributeValues?.[':pk'] !== 'outbox#0') return {};
    const Items = pages[next++] ?? [];
    return { Items, ...(next < pages.length ? { LastEvaluatedKey: { pk: 'outbox#0', sk: String(next) } } : {}) };
  };
  return { query } as unknown as DynamoDBDocument;
};

const readAll = async (documents: DynamoDBDocument, tables: readonly string[]) => {
  const unreadable: string[] = [];
  const ids: string[] = [];
  for await (const page of dynamoOutboxes(documents, tables, (where) => unreadable.push(where)).waitingSince(0)) {
    ids.push(...page.map(({ id }) => id));
  }
  return { ids, unreadable };
};

it('reads every page of a shard', async () => {
  const [a, b, c] = [item('a'), item('b'), item('c')];
  expect((await readAll(documentsWith([[a, b], [c]]), ['t'])).ids).toEqual([a.sk, b.sk, c.sk]);
});

it.each([
  { why: 'no event', bad: { pk: 'outbox#0', sk: 'evt_1' } },
  { why: 'an id that is none', bad: { ...item('x'), sk: 'evt_short' } },
  { why: 'a schema of another time', bad: { ...item('x'), schema: 2 } },
])('tells of $why, and is not held up by it', async ({ bad }) => {
  const good = item('good');
  expect(await readAll(documentsWith([[bad, good]]), ['t'])).toEqual({
    ids: [good.sk],
    unreadable: [`t outbox#0 ${bad.sk}`],
  });
});
