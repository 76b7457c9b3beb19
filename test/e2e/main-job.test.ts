// The story that everything else hangs on: publish a model, call it, be charged exactly.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));
const price = { perCallMicros: '200', perRowMicros: '10' };
const rows = [
  [5.1, 3.5, 1.4, 0.2],
  [6.2, 2.9, 4.3, 1.3],
  [7.7, 3.0, 6.1, 2.3],
];
const day = () => new Date().toISOString().slice(0, 10);

let cloud: Cloud;
let publisher: Person;
let consumer: Person;
let operator: Person;
let model: string;

const balance = async () => BigInt((await consumer.byKey('GET', '/v1/balance')).body.availableMicros);

const usage = async () => {
  const answer = await consumer.byKey('GET', `/v1/usage?groupBy=model,day&from=${day()}&to=${day()}`);
  expect(answer.status).toBe(200);
  return answer.body.items.find((item: { model: string }) => item.model === model);
};

const jsonRequest = (values: readonly (readonly number[])[]) => ({
  inputs: [{ name: inputName, datatype: 'FP32', shape: [values.length, 4], data: values.flat() }],
});

let inputName: string;

beforeAll(async () => {
  cloud = await startCloud();
  [publisher, consumer, operator] = await Promise.all([
    new Person(cloud, 'publisher').join(),
    new Person(cloud, 'consumer').join(),
    new Person(cloud, 'operator').join('operators'),
  ]);
});

afterAll(() => cloud?.stop());

describe('the main job', () => {
  it('gives a new person an account, a handle and a key', async () => {
    const account = await publisher.as('GET', '/v1/account');
    expect(account.status).toBe(200);
    expect(account.body).toMatchObject({
      handle: null,
      user: { email: publisher.email, role: 'owner', operator: false },
    });

    const handle = `story-${Math.random().toString(36).slice(2, 8)}`;
    const named = await publisher.as('PATCH', '/v1/account', { handle });
    expect(named.body).toMatchObject({ handle });
    model = `${handle}.iris`;

    await publisher.makeKey(['models:read', 'models:write', 'infer']);
    await consumer.makeKey(['models:read', 'infer', 'billing:read']);
    expect(publisher.key).toMatch(/^aim_[0-9A-HJKMNP-TV-Z]{26}_[0-9A-Za-z]{43}$/);
  });

  it('lets the operator fund the consumer, once per idempotency key', async () => {
    const { body } = await consumer.as('GET', '/v1/account');
    const grant = { accountId: body.id, amountMicros: '1000000', reason: 'welcome' };
    const first = await operator.as('POST', '/v1/admin/grants', grant, { 'idempotency-key': 'welcome-1' });
    expect(first.status).toBe(201);
    await operator.as('POST', '/v1/admin/grants', grant, { 'idempotency-key': 'welcome-1' });
    expect(await balance()).toBe(1_000_000n);
  });

  it('scans, runs and publishes an uploaded model', async () => {
    const version = await publishModel(publisher, { name: model, bytes: iris, price });
    expect(version).toMatchObject({ version: '1.0.0', state: 'published' });
    inputName = version.signature.inputs[0].name;
    expect(version.signature.inputs[0]).toMatchObject({ datatype: 'FP32', shape: [-1, 4] });
  });

  it('charges a JSON call what its header says, and the same as balance and usage tell', async () => {
    const before = await balance();
    const answer = await consumer.byKey('POST', `/v2/models/${model}/infer`, jsonRequest(rows));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-aimass-version')).toBe('1.0.0');
    expect(answer.headers.get('x-request-id')).toMatch(/^inf_/);
    expect(answer.headers.get('x-aimass-price-micros')).toBe('230');
    expect(before - (await balance())).toBe(230n);
    expect(await usage()).toMatchObject({ model, day: day(), calls: 1, rows: 3, amountMicros: '230' });
  });

  it('charges a binary call alike and answers the same numbers', async () => {
    const json = await consumer.byKey('POST', `/v2/models/${model}/infer`, jsonRequest(rows));
    const before = await balance();
    const data = Buffer.from(new Float32Array(rows.flat()).buffer);
    const outputs = json.body.outputs.map(({ name }: { name: string }) => ({
      name,
      parameters: { binary_data: false },
    }));
    const head = Buffer.from(
      JSON.stringify({
        inputs: [{ name: inputName, datatype: 'FP32', shape: [3, 4], parameters: { binary_data_size: data.length } }],
        outputs,
      }),
    );
    const answer = await consumer.byKey('POST', `/v2/models/${model}/infer`, Buffer.concat([head, data]), {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-aimass-price-micros')).toBe('230');
    expect(answer.body.outputs).toEqual(json.body.outputs);
    expect(before - (await balance())).toBe(230n);
    expect(await usage()).toMatchObject({ calls: 3, rows: 9, amountMicros: '690' });
  });

  it('repeats an answer free under the same idempotency key, and refuses another body under it', async () => {
    const headers = { 'idempotency-key': 'call-1' };
    const first = await consumer.byKey('POST', `/v2/models/${model}/infer`, jsonRequest(rows.slice(0, 1)), headers);
    const before = await balance();
    const again = await consumer.byKey('POST', `/v2/models/${model}/infer`, jsonRequest(rows.slice(0, 1)), headers);
    expect(again.status).toBe(200);
    expect(again.headers.get('x-request-id')).toBe(first.headers.get('x-request-id'));
    expect(again.body.outputs).toEqual(first.body.outputs);
    const other = await consumer.byKey('POST', `/v2/models/${model}/infer`, jsonRequest(rows), headers);
    expect(other.status).toBe(422);
    expect(other.body.code).toBe('idempotency_key_reused');
    expect(await balance()).toBe(before);
  });

  it('charges an owner calling its own model the platform’s part alone', async () => {
    const { body } = await publisher.as('GET', '/v1/account');
    await operator.as('POST', '/v1/admin/grants', { accountId: body.id, amountMicros: '1000', reason: 'try' });
    const answer = await publisher.byKey('POST', `/v2/models/${model}/infer`, jsonRequest(rows));
    expect(answer.status).toBe(200);
    // 230 micros, of which the publisher's share of 80 % would go to itself.
    expect(answer.headers.get('x-aimass-price-micros')).toBe('46');
  });

  it('refuses who cannot pay, and charges nothing for a refused or failed call', async () => {
    const poor = await new Person(cloud, 'poor').join();
    await poor.makeKey(['infer']);
    const unpaid = await poor.byKey('POST', `/v2/models/${model}/infer`, jsonRequest(rows));
    expect(unpaid.status).toBe(402);
    expect(unpaid.body).toMatchObject({ code: 'insufficient_funds', error: unpaid.body.detail });

    const before = await balance();
    const wrong = await consumer.byKey('POST', `/v2/models/${model}/infer`, {
      inputs: [{ name: inputName, datatype: 'FP32', shape: [1, 5], data: [1, 2, 3, 4, 5] }],
    });
    expect(wrong.status).toBe(400);
    expect(wrong.body.error).toContain(inputName);
    expect(await balance()).toBe(before);
  });

  it('shows nobody’s private things to others', async () => {
    const secret = `${model.split('.')[0]}.secret`;
    await publisher.byKey('POST', '/v1/models', {
      name: secret,
      summary: 'Not for others',
      task: 'tabular-classification',
      license: 'Apache-2.0',
      visibility: 'private',
    });
    const foreign = await consumer.byKey('GET', `/v1/models/${secret}`);
    const missing = await consumer.byKey('GET', `/v1/models/${model.split('.')[0]}.nothing`);
    expect(foreign.status).toBe(404);
    expect(foreign.body.code).toBe(missing.body.code);
    expect((await publisher.byKey('GET', `/v1/models/${secret}`)).status).toBe(200);
  });
});
