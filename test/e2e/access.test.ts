// Who may call what, against the real cloud: a gated application, a subscription with its price, a quota, terms, a share.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { type Answer, Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));

let cloud: Cloud;
let publisher: Person;
let consumer: Person;
let consumerId: string;
let consumerHandle: string;
let model: string;
let body: object;

const call = () => consumer.byKey('POST', `/v2/models/${model}/infer`, body);
const priceOf = (answer: Answer) => [answer.status, answer.headers.get('x-aimass-price-micros')];

/** What was cached may be told for five seconds more. */
const until = async (wanted: (answer: Answer) => boolean): Promise<Answer> => {
  for (const deadlineMs = Date.now() + 20_000; ; ) {
    const answer = await call();
    if (wanted(answer)) return answer;
    if (Date.now() > deadlineMs) throw new Error(`still ${answer.status} ${JSON.stringify(answer.body)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
};
const untilCode = (code: string) => until((answer) => answer.body.code === code);
const untilPrice = (price: string) => until((answer) => answer.headers.get('x-aimass-price-micros') === price);

const must = async (answering: Promise<Answer>, status: number) => {
  const answer = await answering;
  expect([answer.status, answer.body]).toEqual([status, answer.body]);
  return answer.body;
};

beforeAll(async () => {
  cloud = await startCloud();
  const operator = new Person(cloud, 'operator');
  [publisher, consumer] = await Promise.all([
    new Person(cloud, 'publisher').join(),
    new Person(cloud, 'consumer').join(),
    operator.join('operators'),
  ]);
  const suffix = Math.random().toString(36).slice(2, 8);
  consumerHandle = `user-${suffix}`;
  await must(publisher.as('PATCH', '/v1/account', { handle: `gate-${suffix}` }), 200);
  consumerId = (await must(consumer.as('PATCH', '/v1/account', { handle: consumerHandle }), 200)).id;
  await publisher.makeKey(['models:read', 'models:write', 'infer']);
  await consumer.makeKey(['models:read', 'infer', 'billing:read', 'billing:write']);
  const grant = { accountId: consumerId, amountMicros: '1000000', reason: 'welcome' };
  await must(operator.as('POST', '/v1/admin/grants', grant), 201);
  model = `gate-${suffix}.iris`;
  await publishModel(publisher, { name: model, bytes: iris, price: { perCallMicros: '200', perRowMicros: '10' } });
  const { inputs } = await must(consumer.byKey('GET', `/v2/models/${model}`), 200);
  const { name, datatype } = inputs[0];
  body = { inputs: [{ name, datatype, shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };
}, 240_000);

afterAll(() => cloud?.stop());

describe('access', () => {
  it('to a public model needs nothing', async () => {
    expect(priceOf(await call())).toEqual([200, '210']);
  });

  it('to a gated model is asked for, approved and revoked', async () => {
    await must(publisher.byKey('PATCH', `/v1/models/${model}`, { visibility: 'gated' }), 200);
    const refused = await untilCode('access_required');
    expect(refused).toMatchObject({
      status: 403,
      body: { links: [{ rel: 'mend', method: 'POST', href: `/v1/models/${model}/access-requests` }] },
    });
    expect(refused.body.error).toBe(refused.body.detail);
    const { models } = await must(consumer.byKey('GET', '/v2/models'), 200);
    expect(models).not.toContain(model);
    const index = await must(consumer.byKey('POST', '/v2/repository/index'), 200);
    expect(index.find(({ name }: { name: string }) => name === model)).toEqual({
      name: model,
      version: '1.0.0',
      state: 'UNAVAILABLE',
      reason: refused.body.detail,
    });
    await must(consumer.byKey('GET', `/v1/models/${model}`), 200);
    expect((await must(consumer.byKey('GET', `/v1/models?q=${model}`), 200)).items).toHaveLength(1);

    await must(consumer.byKey('POST', `/v1/models/${model}/access-requests`, { reason: 'A study of irises' }), 201);
    expect((await call()).body.code).toBe('access_pending');
    const { items } = await must(publisher.byKey('GET', `/v1/models/${model}/access-requests?state=pending`), 200);
    expect(items).toMatchObject([{ account: { id: consumerId, handle: consumerHandle }, reason: 'A study of irises' }]);
    const request = `/v1/models/${model}/access-requests/${consumerId}`;
    await must(publisher.byKey('POST', `${request}/reject`, { message: 'Who are you?' }), 200);
    expect((await call()).body).toMatchObject({
      code: 'access_rejected',
      detail: expect.stringContaining('Who are you?'),
    });
    await must(consumer.byKey('POST', `/v1/models/${model}/access-requests`, { reason: 'We are the garden' }), 201);
    await must(publisher.byKey('POST', `${request}/approve`, { message: 'Welcome' }), 200);
    expect(priceOf(await call())).toEqual([200, '210']);
    await must(publisher.byKey('POST', `${request}/revoke`), 200);
    await untilCode('access_revoked');
  });

  it('to a private model is shared by handle, and looks missing without', async () => {
    await must(publisher.byKey('PATCH', `/v1/models/${model}`, { visibility: 'private' }), 200);
    await untilCode('model_not_found');
    const share = `/v1/models/${model}/shares/${consumerHandle}`;
    await must(publisher.byKey('PUT', share), 200);
    expect(priceOf(await call())).toEqual([200, '210']);
    expect((await must(consumer.byKey('GET', '/v2/models'), 200)).models).toContain(model);
    expect((await must(consumer.byKey('GET', `/v1/models?q=${model}`), 200)).items).toMatchObject([{ name: model }]);
    expect((await must(publisher.byKey('GET', `/v1/models?q=${model}`), 200)).items).toHaveLength(1);
    const mine = await must(consumer.byKey('GET', '/v1/access-requests'), 200);
    expect(mine.items).toMatchObject([{ model, state: 'approved', via: 'share' }]);
    await must(publisher.byKey('DELETE', share), 204);
    await untilCode('model_not_found');
    await must(publisher.byKey('PATCH', `/v1/models/${model}`, { visibility: 'public' }), 200);
    await untilPrice('210');
  });

  it('waits for the terms to be accepted', async () => {
    const terms = `/v1/models/${model}/terms`;
    await must(publisher.byKey('PUT', terms, { version: '1', text: 'Be kind to irises.' }), 200);
    await untilCode('terms_not_accepted');
    expect((await must(consumer.byKey('GET', terms), 200)).text).toBe('Be kind to irises.');
    await must(consumer.byKey('POST', `${terms}/accept`, { version: '1' }), 200);
    expect(priceOf(await call())).toEqual([200, '210']);
    await must(publisher.byKey('DELETE', terms), 204);
  });
});

describe('a subscription', () => {
  const offer = async (more: object) =>
    (await must(publisher.byKey('POST', `/v1/models/${model}/offers`, { name: 'An offer', ...more }), 201)).id;
  const subscribe = async (offerId: string) =>
    (await must(consumer.byKey('POST', '/v1/subscriptions', { model, offerId }), 201)).id;

  it('includes so many calls, and not one more, however many are made at once', async () => {
    await must(publisher.byKey('PATCH', `/v1/models/${model}`, { requiresSubscription: true }), 200);
    const refused = await untilCode('not_subscribed');
    expect(refused.body.links[0]).toEqual({ rel: 'mend', method: 'POST', href: '/v1/subscriptions' });

    const trial = await subscribe(await offer({ kind: 'trial', days: 14, includedCalls: 5 }));
    const answers = await Promise.all(Array.from({ length: 9 }, call));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 200, 200, 200, 402, 402, 402, 402]);
    expect(answers.filter(({ status }) => status === 200).map((answer) => priceOf(answer)[1])).toEqual(
      Array(5).fill('0'),
    );
    const path = `/v1/subscriptions/${trial}`;
    expect((await must(consumer.byKey('GET', path), 200)).usage).toEqual({
      calls: 5,
      includedCalls: 5,
      remainingCalls: 0,
    });
    expect((await call()).body).toMatchObject({
      code: 'quota_exceeded',
      links: [
        { rel: 'subscription', method: 'GET', href: path },
        { rel: 'offers', method: 'GET', href: `/v1/models/${model}/offers` },
      ],
    });
    await must(consumer.byKey('POST', `/v1/subscriptions/${trial}/cancel`, { now: true }), 200);
    await untilCode('not_subscribed');
  });

  it('charges the offer’s price beyond what it includes, and goes on when it is cancelled', async () => {
    const overage = { perCallMicros: '70' };
    const id = await subscribe(await offer({ kind: 'monthly', feeMicros: '5000000', includedCalls: 2, overage }));
    const prices: unknown[] = [];
    for (let count = 0; count < 3; count++) prices.push(priceOf(await call()));
    expect(prices).toEqual([
      [200, '0'],
      [200, '0'],
      [200, '70'],
    ]);
    const atMost = (micros: string) =>
      consumer.byKey('POST', `/v2/models/${model}/infer`, body, { 'x-aimass-max-price-micros': micros });
    expect((await atMost('69')).body.code).toBe('quota_exceeded');
    expect(priceOf(await atMost('70'))).toEqual([200, '70']);
    const cancelled = await must(consumer.byKey('POST', `/v1/subscriptions/${id}/cancel`), 200);
    expect(cancelled.state).toBe('canceling');
    expect(priceOf(await call())).toEqual([200, '70']);
    const counts = await must(publisher.byKey('GET', `/v1/models/${model}/subscribers`), 200);
    expect(counts.items.at(-1)).toMatchObject({ active: 0, canceling: 1 });
  });
});
