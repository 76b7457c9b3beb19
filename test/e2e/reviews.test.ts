// Reviews against the real cloud: who may write one, what they do to a model's place in the catalogue, who is told.
import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { userKey } from '../../lambdas/registry/adapters/dynamo-model-users.ts';
import { clientConfig } from '../../local/ministack.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { type Answer, Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));
/** Of the way through outbox, bus and queue; what is slow here is the machine. */
const settled = { timeout: 60_000, interval: 500 };

let cloud: Cloud;
let client: DynamoDBDocument;
let publisher: Person;
let operator: Person;
let reader: Person;
let caller: Person;
let handle: string;
let good: string;
let poor: string;

const accountOf = async (person: Person): Promise<string> => (await person.as('GET', '/v1/account')).body.id;
const must = async (answering: Promise<Answer>, status: number) => {
  const answer = await answering;
  expect([answer.status, answer.body]).toEqual([status, answer.body]);
  return answer.body;
};
const put = (person: Person, model: string, body: object) =>
  person.byKey('PUT', `/v1/models/${model}/reviews/mine`, body);
const found = async (query: string): Promise<string[]> =>
  (await must(reader.byKey('GET', `/v1/models?publisher=${handle}&${query}`), 200)).items.map(
    ({ name }: { name: string }) => name,
  );

/** As the function that counts calls does, minutes after they were made. */
const countCall = async (person: Person, model: string) => {
  const used = { schema: 1, firstUsedAtMs: 1, lastUsedAtMs: 1, callCount: 1 };
  await client.put({
    TableName: 'aimass-dev-registry',
    Item: { ...userKey(model, await accountOf(person)), ...used },
  });
};

beforeAll(async () => {
  cloud = await startCloud();
  client = DynamoDBDocument.from(new DynamoDBClient(clientConfig({ port: cloud.state.emulatorPort })));
  operator = await new Person(cloud, 'operator').join('operators');
  [publisher, reader, caller] = (await Promise.all(
    ['publisher', 'reader', 'caller'].map((name) => new Person(cloud, name).join()),
  )) as [Person, Person, Person];
  handle = `rated-${Math.random().toString(36).slice(2, 8)}`;
  await must(publisher.as('PATCH', '/v1/account', { handle }), 200);
  for (const person of [publisher, reader, caller]) await person.makeKey(['models:read', 'models:write', 'infer']);
  [good, poor] = [`${handle}.good`, `${handle}.poor`];
  for (const name of [good, poor]) await publishModel(publisher, { name, bytes: iris });
}, 240_000);

afterAll(async () => {
  client?.destroy();
  await cloud?.stop();
});

describe('a review', () => {
  it('is refused from who did not use the model, and the refusal says how to', async () => {
    const refused = await put(reader, good, { rating: 5 });
    expect([refused.status, refused.body.code]).toEqual([403, 'review_needs_use']);
    expect(refused.body.links).toEqual([{ rel: 'mend', method: 'POST', href: `/v2/models/${good}/infer` }]);
    expect((await put(publisher, good, { rating: 5 })).body.code).toBe('review_of_own_model');
  });

  it('counts the moment it is written, changed and deleted', async () => {
    await countCall(caller, good);
    await must(put(caller, good, { rating: 5, title: 'Knows its irises' }), 201);
    expect((await must(reader.byKey('GET', `/v1/models/${good}`), 200)).rating).toEqual({
      average: 3.75,
      mean: 5,
      count: 1,
    });
    await must(put(caller, good, { rating: 4, text: 'Nearly always' }), 200);
    expect((await must(reader.byKey('GET', `/v1/models/${good}`), 200)).rating.mean).toBe(4);
    await must(caller.byKey('DELETE', `/v1/models/${good}/reviews/mine`), 204);
    expect((await must(reader.byKey('GET', `/v1/models/${good}`), 200)).rating.count).toBe(0);
  });

  it('of a gated model may be written by who fetched its file', async () => {
    await must(publisher.byKey('PATCH', `/v1/models/${poor}`, { visibility: 'gated' }), 200);
    await must(publisher.byKey('PUT', `/v1/models/${poor}/shares/${await accountOf(reader)}`), 200);
    expect((await put(reader, poor, { rating: 1 })).body.code).toBe('review_needs_use');
    await must(reader.byKey('GET', `/v1/models/${poor}/versions/1.0.0/files/model.onnx`), 302);
    await must(put(reader, poor, { rating: 1 }), 201);
    await must(publisher.byKey('PATCH', `/v1/models/${poor}`, { visibility: 'public' }), 200);
  });

  it('moves the model in the catalogue within seconds', async () => {
    await must(put(caller, good, { rating: 5 }), 201);
    await expect.poll(() => found('sort=-rating'), settled).toEqual([good, poor]);
    await expect.poll(() => found('minRating=3.6'), settled).toEqual([good]);
    const { items } = await must(reader.byKey('GET', `/v1/models?publisher=${handle}&sort=-rating`), 200);
    expect(items.map((one: { rating: { count: number } }) => one.rating.count)).toEqual([1, 1]);
  });

  it('is listed with what all add up to, and answered by the publisher alone', async () => {
    const list = await must(reader.byKey('GET', `/v1/models/${good}/reviews?sort=-rating`), 200);
    expect(list).toMatchObject({ items: [{ rating: 5, verified: true, author: { handle: null } }], next: null });
    expect(list.distribution[0]).toEqual({ rating: 5, count: 1 });
    const reply = `/v1/models/${good}/reviews/${list.items[0].id}/reply`;
    expect((await reader.byKey('POST', reply, { text: 'Mine' })).body.code).toBe('not_your_handle');
    await must(publisher.byKey('POST', reply, { text: 'Thank you' }), 201);
    expect((await must(reader.byKey('GET', `/v1/models/${good}/reviews`), 200)).items[0].reply.text).toBe('Thank you');
    const history = await must(publisher.byKey('GET', `/v1/models/${good}/history`), 200);
    expect(history.items[0]).toMatchObject({ event: 'ReviewReplied.v1', by: { kind: 'key' } });
    expect(JSON.stringify(history)).not.toContain(await accountOf(caller));
    await must(publisher.byKey('DELETE', reply), 204);
  });
});

describe('an operator', () => {
  const moderation = '/v1/admin/moderation';
  const why = { reason: 'Advertising' };

  it('hides a reported review with its rating, and shows it again', async () => {
    const [review] = (await must(reader.byKey('GET', `/v1/models/${poor}/reviews`), 200)).items;
    const report = await must(
      caller.byKey('POST', `/v1/models/${poor}/reviews/${review.id}/report`, { reason: 'spam' }),
      201,
    );
    const open = await must(operator.as('GET', `${moderation}/reports?model=${poor}`), 200);
    expect(open.items).toMatchObject([{ id: report.id, reporter: { accountId: await accountOf(caller) } }]);
    const decision = { decision: 'hide-review', ...why };
    await must(operator.as('POST', `${moderation}/reports/${report.id}/resolve`, decision), 200);
    expect((await must(reader.byKey('GET', `/v1/models/${poor}`), 200)).rating.count).toBe(0);
    expect((await must(caller.byKey('GET', `/v1/models/${poor}/reviews`), 200)).items).toEqual([]);
    // By rating it is looked up in an index of its own.
    const sorted = async () => (await must(caller.byKey('GET', `/v1/models/${poor}/reviews?sort=rating`), 200)).items;
    await expect.poll(sorted, settled).toEqual([]);
    const history = await must(publisher.byKey('GET', `/v1/models/${poor}/history`), 200);
    expect(history.items[0]).toMatchObject({ event: 'ReviewRemoved.v1', by: { kind: 'operator' }, ...why });
    expect(JSON.stringify(history)).not.toContain(await accountOf(caller));
    await must(
      operator.as('POST', `${moderation}/models/${poor}/reviews/${review.id}/show`, { reason: 'Mended' }),
      200,
    );
    expect((await must(reader.byKey('GET', `/v1/models/${poor}`), 200)).rating.count).toBe(1);
    expect((await must(caller.byKey('GET', `/v1/models/${poor}/reports/${report.id}`), 200)).state).toBe('resolved');
  });

  it('suspends a model: nobody finds, reads or calls it, until it is reinstated as it was', async () => {
    const { inputs } = await must(caller.byKey('GET', `/v2/models/${good}`), 200);
    const [{ name, datatype }] = inputs;
    const body = { inputs: [{ name, datatype, shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };
    const infer = async (person: Person) => {
      const answer = await person.byKey('POST', `/v2/models/${good}/infer`, body);
      return [answer.status, answer.body.code];
    };
    expect(await infer(publisher)).toEqual([200, undefined]);
    await must(operator.as('POST', `${moderation}/models/${good}/suspend`, why), 200);
    expect(await found('sort=name')).toEqual([poor]);
    for (const path of ['', '/reviews', '/versions', '/versions/1.0.0/files/model.onnx']) {
      expect((await caller.byKey('GET', `/v1/models/${good}${path}`)).status).toBe(404);
    }
    const own = await must(publisher.byKey('GET', `/v1/models/${good}`), 200);
    expect(own.suspension.reason).toBe('Advertising');
    for (const person of [caller, publisher]) {
      await expect.poll(() => infer(person), settled).toEqual([403, 'model_suspended']);
    }
    await must(operator.as('POST', `${moderation}/models/${good}/reinstate`, { reason: 'Mended' }), 200);
    await expect.poll(() => infer(publisher), settled).toEqual([200, undefined]);
    await expect.poll(() => found('sort=name'), settled).toEqual([good, poor]);
    expect((await must(caller.byKey('GET', `/v1/models/${good}`), 200)).rating.count).toBe(1);
  });
});
