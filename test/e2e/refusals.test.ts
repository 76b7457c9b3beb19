// What a client is told when it is refused, at the exact edges: too many calls, too little money, too large, too late,
// the wrong type. Each as the protocol of the path has errors, with what a program needs to go on.
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INFER_BODY_LIMIT_BYTES } from '../../lambdas/inference/contract.ts';
import { ANSWER_LIMIT_BYTES } from '../../lambdas/inference/domain/infer-answer.ts';
import { LAST_COMMIT_MS } from '../../lambdas/inference/routes/infer.ts';
import { Description } from '../contract/description.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { httpEvent } from '../support/http-event.ts';
import { type Answer, Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';
import { identityOf, tinyModel } from '../support/tiny-onnx.ts';

const price = { perCallMicros: '200', perRowMicros: '0' };
const FUNDS = 1_000_000;
const description = new Description();

let cloud: Cloud;
let publisher: Person;
let consumer: Person;
let operator: Person;
let model: string;

const accountOf = async (person: Person): Promise<string> => (await person.as('GET', '/v1/account')).body.id;

const grant = async (person: Person, amountMicros: number) => {
  const body = { accountId: await accountOf(person), amountMicros: String(amountMicros), reason: 'a test' };
  expect((await operator.as('POST', '/v1/admin/grants', body)).status).toBe(201);
};

const balanceOf = async (person: Person) => BigInt((await person.as('GET', '/v1/balance')).body.availableMicros);

const join = async (name: string, scopes: readonly string[]) => {
  const person = await new Person(cloud, name).join();
  await person.makeKey(scopes);
  return person;
};

const inferPath = () => `/v2/models/${model}/infer`;
const small = { inputs: [{ name: 'x', datatype: 'FP32', shape: [2], data: [1, 2] }] };

/** The whole request in bytes: JSON, then the tensor. */
const binaryRequest = (header: object, values: Float32Array) => {
  const data = Buffer.from(values.buffer);
  const input = { name: 'x', datatype: 'FP32', shape: [values.length], parameters: { binary_data_size: data.length } };
  const json = Buffer.from(JSON.stringify({ ...header, inputs: [input] }));
  return {
    body: Buffer.concat([json, data]),
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(json.length),
      // Packed, what is too large as it is may fit.
      'accept-encoding': 'identity',
    },
  };
};

/** An error as Open Inference clients read it, under /v2. */
const expectOipError = (answer: Answer, status: number, code: string) => {
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(answer.body.error).toBe(answer.body.detail);
  expect(description.faults('POST', inferPath(), answer)).toEqual([]);
};

beforeAll(async () => {
  cloud = await startCloud();
  operator = await new Person(cloud, 'operator').join('operators');
  publisher = await join('publisher', ['models:read', 'models:write', 'infer']);
  consumer = await join('consumer', ['models:read', 'infer', 'billing:read']);
  const handle = `edge-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  model = `${handle}.echo`;
  await publishModel(publisher, { name: model, bytes: tinyModel(identityOf('FP32')), price });
  await grant(consumer, FUNDS);
});

afterAll(() => cloud?.stop());

describe('too many calls', () => {
  it('are refused for key and account, over all functions together, and cost nothing', async () => {
    const busy = await new Person(cloud, 'busy').join();
    const limits = { key: { calls: 4, windowSeconds: 600 }, account: { calls: 40, windowSeconds: 600 } };
    const path = `/v1/admin/accounts/${await accountOf(busy)}/limits`;
    expect((await operator.as('PUT', path, limits)).body).toMatchObject({ ...limits, set: limits });
    await grant(busy, FUNDS);
    await busy.makeKey(['models:read', 'infer']);

    // Two functions, one limit; and what is refused for other reasons counts, too. A store that is slow for a moment opens
    // limits rather than failing calls, so on a busy machine a few more may pass.
    const startedMs = Date.now();
    const calls = [
      () => busy.byKey('POST', inferPath(), small),
      () => busy.byKey('GET', `/v1/models/${model}`),
      () => busy.byKey('GET', '/v1/models/no.model'),
      () => busy.byKey('POST', inferPath(), { inputs: 7 }),
    ];
    const answers: Answer[] = [];
    for (const call of [...calls, ...calls, ...calls, ...calls]) {
      answers.push(await call());
      if (answers.at(-1)?.status === 429) break;
    }
    expect(answers.slice(0, 4).map(({ status }) => status)).toEqual([200, 200, 404, 400]);
    for (const { headers } of answers) {
      expect(headers.get('ratelimit-policy')).toBe('"key";q=4;w=600, "account";q=40;w=600');
      expect(headers.get('ratelimit')).toMatch(/^"key";r=[0-4];t=\d+, "account";r=\d+;t=\d+$/);
    }

    // One comes back every 150 s, the first of them as long after the first call.
    const refused = answers.at(-1) as Answer;
    expect(refused.status).toBe(429);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(150 - Math.ceil((Date.now() - startedMs) / 1000));
    expect(refused.headers.get('ratelimit')).toContain(`"key";r=0;t=${seconds}`);
    expect(refused.body.detail).toContain('the API key may make 4 calls at once');
    expect(refused.body.detail).toContain(`come again in ${seconds} s`);

    const before = await balanceOf(busy);
    const infer = await busy.byKey('POST', inferPath(), small);
    expectOipError(infer, 429, 'rate_limited');
    const v1 = await busy.byKey('GET', `/v1/models/${model}`);
    expect([v1.status, v1.body.code, v1.headers.get('content-type')]).toEqual([
      429,
      'rate_limited',
      'application/problem+json',
    ]);
    expect(description.faults('GET', `/v1/models/${model}`, v1)).toEqual([]);
    // By its owner's token the account has calls left; what was refused has cost nothing.
    expect(await balanceOf(busy)).toBe(before);
  });
});

describe('too little money', () => {
  it('is told with the price, what is there, and the mend', async () => {
    const poor = await join('poor', ['infer']);
    await grant(poor, 150);
    const answer = await poor.byKey('POST', inferPath(), small);
    expectOipError(answer, 402, 'insufficient_funds');
    expect(answer.body.detail).toBe(
      'the call costs 200 micros, available are 150: top up, or ask the operator for a grant',
    );
    expect(await balanceOf(poor)).toBe(150n);
  });
});

describe('a request that is too large', () => {
  it('is refused from the first byte beyond the limit on, with the limit, what came and what to do', async () => {
    const json = JSON.stringify(small);
    const exact = Buffer.from(json.padEnd(INFER_BODY_LIMIT_BYTES));
    expect((await consumer.byKey('POST', inferPath(), exact)).status).toBe(200);
    const before = await balanceOf(consumer);
    const beyond = await consumer.byKey('POST', inferPath(), Buffer.concat([exact, Buffer.from(' ')]));
    expectOipError(beyond, 413, 'body_too_large');
    expect(beyond.body.detail).toBe(
      `the body must be at most ${INFER_BODY_LIMIT_BYTES} bytes, got ${INFER_BODY_LIMIT_BYTES + 1}: ` +
        'send fewer rows a call, or the numbers as binary tensors',
    );
    expect(await balanceOf(consumer)).toBe(before);
  });

  it('is refused under /v1 by the same rule', async () => {
    const headers = { 'content-type': 'application/json' };
    const sized = (bytes: number) => Buffer.from(JSON.stringify({ name: 'edge', scopes: ['infer'] }).padEnd(bytes));
    expect((await consumer.as('POST', '/v1/keys', sized(65_536), headers)).status).toBe(201);
    const beyond = await consumer.as('POST', '/v1/keys', sized(65_537), headers);
    expect([beyond.status, beyond.body.code]).toEqual([413, 'body_too_large']);
    expect(beyond.body.detail).toContain('at most 65536 bytes, got 65537: send less at a time');
  });
});

describe('an answer that is too large', () => {
  it('is refused from the first byte beyond the limit on, as JSON', async () => {
    // Six characters each in JSON, four bytes each on the way in.
    const values = new Float32Array(980_000).fill(0.125);
    const ask = (id: string) => {
      const { body, headers } = binaryRequest({ id, outputs: [{ name: 'y' }] }, values);
      return consumer.byKey('POST', inferPath(), body, headers);
    };
    const whole = await ask('a');
    expect(whole.status).toBe(200);
    expect(whole.body.outputs[0].data).toHaveLength(values.length);
    // What leaves is that text as a string inside JSON, where each quotation mark takes two bytes.
    const text = JSON.stringify(whole.body);
    const room = ANSWER_LIMIT_BYTES - Buffer.byteLength(JSON.stringify(text));
    expect(room).toBeGreaterThan(0);
    // An id takes no more than 1024 characters: the rest is filled by values.
    const more = new Float32Array(values.length + Math.floor(room / 6)).fill(0.125);
    const askMore = (idLength: number) => {
      const { body, headers } = binaryRequest({ id: 'a'.repeat(idLength), outputs: [{ name: 'y' }] }, more);
      return consumer.byKey('POST', inferPath(), body, headers);
    };
    const digits = String(more.length).length - String(values.length).length;
    const idLength = 1 + (room % 6) - digits;
    const exact = await askMore(idLength);
    expect(exact.status).toBe(200);
    expect(Buffer.byteLength(JSON.stringify(JSON.stringify(exact.body)))).toBe(ANSWER_LIMIT_BYTES);
    const before = await balanceOf(consumer);
    const beyond = await askMore(idLength + 1);
    expectOipError(beyond, 413, 'output_too_large');
    expect(beyond.body.detail).toContain(`must be at most ${ANSWER_LIMIT_BYTES} bytes, got ${ANSWER_LIMIT_BYTES + 1}`);
    const rows = Number(/send at most about (\d+) rows a call/.exec(beyond.body.detail)?.[1]);
    expect(rows).toBe(Math.floor((more.length * ANSWER_LIMIT_BYTES) / (ANSWER_LIMIT_BYTES + 1)));
    expect(await balanceOf(consumer)).toBe(before);
  });

  it('is refused from the first byte beyond the limit on, as binary tensors', async () => {
    // Bytes leave as base64, four for three.
    const limit = (ANSWER_LIMIT_BYTES / 4) * 3;
    const ask = (id: string, count: number) => {
      const { body, headers } = binaryRequest(
        { id, parameters: { binary_data_output: true } },
        new Float32Array(count).fill(1),
      );
      return consumer.byKey('POST', inferPath(), body, headers);
    };
    const probe = await ask('a', 1_000_000);
    expect(probe.status).toBe(200);
    const head = Number(probe.headers.get('inference-header-content-length'));
    const room = limit - head - 4_000_000;
    const count = 1_000_000 + Math.floor(room / 4);
    const id = 'a'.repeat(1 + (room % 4));
    const exact = await ask(id, count);
    expect([exact.status, exact.body.length]).toEqual([200, limit]);
    const before = await balanceOf(consumer);
    const beyond = await ask(`${id}a`, count);
    expectOipError(beyond, 413, 'output_too_large');
    expect(beyond.body.detail).toMatch(/send at most about \d+ rows a call/);
    expect(await balanceOf(consumer)).toBe(before);
  });
});

describe('an answer that is too late', () => {
  /** The function itself, called as the gateway calls it, with a request that came in so long ago. */
  const inferArrived = async (agoMs: number): Promise<{ status: number; body: { code?: string; error?: string } }> => {
    const event = httpEvent({
      method: 'POST',
      path: inferPath(),
      headers: { authorization: `Bearer ${consumer.key}` },
      body: small,
    });
    event.requestContext.timeEpoch = Date.now() - agoMs;
    const lambda = new LambdaClient({
      endpoint: cloud.endpoint,
      region: cloud.outputs.region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const { Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: 'aimass-dev-inference-infer', Payload: JSON.stringify(event) }),
    );
    const { statusCode, body } = JSON.parse(Buffer.from(Payload ?? []).toString());
    return { status: statusCode, body: JSON.parse(body) };
  };

  it('is not charged, and not sent as if it were in time', async () => {
    expect((await inferArrived(0)).status).toBe(200);
    const before = await balanceOf(consumer);
    const late = await inferArrived(LAST_COMMIT_MS + 1);
    expect([late.status, late.body.code]).toEqual([422, 'model_timeout']);
    expect(late.body.error).toContain('within 26 s');
    expect(await balanceOf(consumer)).toBe(before);
  });
});

describe('a request of the wrong kind', () => {
  it('of another content type is told which is accepted', async () => {
    const answer = await consumer.as('POST', '/v1/keys', Buffer.from('a=1'), {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type']);
    expect(answer.body.detail).toBe("'content-type' must be application/json, got application/x-www-form-urlencoded");
    expect([answer.headers.get('accept'), answer.headers.get('accept-post')]).toEqual([
      'application/json',
      'application/json',
    ]);
    const patched = await consumer.as('PATCH', '/v1/account', Buffer.from('a=1'), { 'content-type': 'text/plain' });
    expect([patched.status, patched.headers.get('accept-patch')]).toEqual([
      415,
      'application/merge-patch+json, application/json',
    ]);
  });

  it('that is understood and wrong is told where: in the body, the query and the headers', async () => {
    const pointers = async (answer: Promise<Answer>) => {
      const { status, body } = await answer;
      return [status, body.errors.map(({ pointer }: { pointer: string }) => pointer)];
    };
    const body = { name: '', scopes: ['infer', 'fly'], colour: 'red' };
    expect(await pointers(consumer.as('POST', '/v1/keys', body))).toEqual([422, ['/name', '/scopes/1', '/colour']]);
    expect(await pointers(consumer.as('GET', '/v1/keys?limit=0'))).toEqual([422, ['query/limit']]);
    expect(await pointers(consumer.as('GET', '/v1/keys?cursor=x'))).toEqual([422, ['query/cursor']]);
    const reused = { 'idempotency-key': 'edge' };
    await consumer.as('POST', '/v1/keys', { name: 'one', scopes: ['infer'] }, reused);
    expect(await pointers(consumer.as('POST', '/v1/keys', { name: 'two', scopes: ['infer'] }, reused))).toEqual([
      422,
      ['headers/idempotency-key'],
    ]);
  });
});
