// Every answer of the deployed API is as docs/openapi.json describes it: a scripted visit to each operation.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { type Answer, callApi, Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';
import { Description } from './description.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));
const description = new Description();
const visited = new Set<string>();
const handle = `described-${Math.random().toString(36).slice(2, 8)}`;
const model = `${handle}.iris`;

let cloud: Cloud;
let publisher: Person;
let stranger: Person;
let operator: Person;
let inferBody: object;

/** Makes a call, holds the answer against the description, and hands it on. */
const visit = async (
  bearer: string | undefined,
  method: string,
  path: string,
  status: number,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<Answer> => {
  const answer = await callApi(cloud.apiUrl, bearer, method, path, body, headers);
  expect([answer.status, method, path, answer.body]).toEqual([status, method, path, answer.body]);
  expect(description.faults(method, path, answer)).toEqual([]);
  visited.add(description.operationOf(method, path) ?? '');
  return answer;
};

beforeAll(async () => {
  cloud = await startCloud();
  [publisher, stranger, operator] = await Promise.all([
    new Person(cloud, 'publisher').join(),
    new Person(cloud, 'stranger').join(),
    new Person(cloud, 'operator').join('operators'),
  ]);
});

afterAll(() => cloud?.stop());

describe('the deployed API', () => {
  it('serves the committed description, byte for byte', async () => {
    const answer = await fetch(`${cloud.apiUrl}/v1/openapi.json`);
    expect(await answer.text()).toBe(description.text);
    const again = await fetch(`${cloud.apiUrl}/v1/openapi.json`, {
      headers: { 'if-none-match': answer.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  });

  it('answers as described where nobody signs in', async () => {
    await visit(undefined, 'GET', '/v1/health', 200);
    const config = await visit(undefined, 'GET', '/v1/config', 200);
    expect(config.body.userPoolId).toBe(cloud.outputs.userPoolId);
    await visit(undefined, 'GET', '/v1/openapi.json', 200);
    await visit(undefined, 'GET', '/v1/health?verbose=1', 422);
  });

  it('serves the pages for people, and the script that draws them, whole', async () => {
    const page = await visit(undefined, 'GET', '/docs', 200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const script = await visit(undefined, 'GET', '/docs/redoc.js', 200);
    const packaged = readFileSync(new URL('../../node_modules/redoc/bundles/redoc.standalone.js', import.meta.url));
    expect(packaged.equals(script.body)).toBe(true);
    const errors = await visit(undefined, 'GET', '/docs/errors', 200);
    expect(String(errors.body)).toContain('id="insufficient_funds"');
  });

  it('answers as described about accounts and keys', async () => {
    await visit(undefined, 'GET', '/v1/account', 401);
    await visit(publisher.token, 'GET', '/v1/account', 200);
    await visit(publisher.token, 'PATCH', '/v1/account', 200, { handle });
    await visit(publisher.token, 'PATCH', '/v1/account', 422, { handle: 'NOT A HANDLE' });
    await visit(publisher.token, 'PATCH', '/v1/account', 422, { nickname: 'x' });
    await visit(stranger.token, 'PATCH', '/v1/account', 409, { handle });
    await visit(publisher.token, 'GET', '/v1/accounts', 200);
    const made = await visit(publisher.token, 'POST', '/v1/keys', 201, { name: 'short-lived', scopes: ['infer'] });
    await visit(made.body.key, 'POST', '/v1/keys', 403, { name: 'more', scopes: ['infer'] });
    await visit(publisher.token, 'GET', '/v1/keys', 200);
    await visit(publisher.token, 'GET', `/v1/keys/${made.body.id}`, 200);
    await visit(stranger.token, 'GET', `/v1/keys/${made.body.id}`, 404);
    await visit(publisher.token, 'DELETE', `/v1/keys/${made.body.id}`, 204);
    await visit(publisher.token, 'POST', '/v1/keys', 415, new Uint8Array([1]), { 'content-type': 'text/plain' });
    await visit(publisher.token, 'POST', '/v1/keys', 400, Buffer.from('{'), { 'content-type': 'application/json' });
  });

  it('answers as described about models', async () => {
    await publisher.makeKey(['models:read', 'models:write', 'infer']);
    await stranger.makeKey(['models:read', 'infer', 'billing:read']);
    const unpriced = {
      name: `${handle}.empty`,
      summary: 'Nothing yet',
      task: 'other',
      license: 'MIT',
      visibility: 'private',
    };
    const refused = await callApi(cloud.apiUrl, publisher.key, 'POST', '/v1/models', { ...unpriced, colour: 'red' });
    expect(refused.status).toBe(422);
    expect(description.faults('POST', '/v1/models', refused)).toEqual([]);
    await visit(publisher.key, 'GET', `/v1/models/${handle}.empty`, 404);
    await publishModel(publisher, { name: model, bytes: iris });
    await visit(undefined, 'GET', '/v1/models', 200);
    await visit(undefined, 'GET', `/v1/models?q=${handle}&limit=1`, 200);
    await visit(undefined, 'GET', '/v1/models?limit=1000', 422);
    await visit(undefined, 'GET', `/v1/models/${model}`, 200);
    await visit(publisher.key, 'GET', `/v1/models/${model}/versions`, 200);
    await visit(publisher.key, 'GET', `/v1/models/${model}/versions/1.0.0`, 200);
    await visit(publisher.key, 'GET', `/v1/models/${model}/versions/9.9.9`, 404);
    await visit(publisher.key, 'PATCH', `/v1/models/${model}`, 200, { summary: 'Which iris is it?' });
    await visit(publisher.key, 'PATCH', `/v1/models/${model}`, 412, { summary: 'Late' }, { 'if-match': '"of-yore"' });
    await visit(undefined, 'GET', `/v1/models/${model}/aliases`, 200);
    await visit(undefined, 'GET', `/v1/models/${model}/aliases/latest`, 200);
    await visit(undefined, 'GET', `/v1/models/${model}/aliases/oldest`, 404);
    const twice = { name: model, summary: 'Again', task: 'other', license: 'MIT', visibility: 'public' };
    await visit(publisher.key, 'POST', '/v1/models', 409, twice);
    const second = {
      version: '2.0.0',
      files: [{ path: 'model.onnx', sizeBytes: iris.length, sha256: 'ab'.repeat(32) }],
    };
    await visit(publisher.key, 'POST', `/v1/models/${model}/versions`, 201, second);
    await visit(publisher.key, 'POST', `/v1/models/${model}/versions/2.0.0/complete`, 409);
    await visit(publisher.key, 'POST', `/v1/models/${model}/versions/2.0.0/publish`, 409);
    await visit(stranger.key, 'POST', `/v1/models/${model}/versions`, 403, second);
  });

  it('answers as described to Open Inference clients', async () => {
    await visit(undefined, 'GET', '/v2', 200);
    await visit(undefined, 'GET', '/v2/health/live', 200);
    await visit(undefined, 'GET', '/v2/health/ready', 200);
    await visit(stranger.key, 'GET', '/v2/models', 200);
    await visit(stranger.key, 'POST', '/v2/repository/index', 200);
    const metadata = await visit(stranger.key, 'GET', `/v2/models/${model}`, 200);
    for (const rest of ['/ready', '/config', '/versions/1.0.0', '/versions/1.0.0/ready', '/versions/1.0.0/config']) {
      await visit(stranger.key, 'GET', `/v2/models/${model}${rest}`, 200);
    }
    await visit(stranger.key, 'GET', `/v2/models/${model}-not`, 404);
    const input = metadata.body.inputs[0];
    inferBody = { inputs: [{ name: input.name, datatype: input.datatype, shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };
    await visit(publisher.key, 'POST', `/v2/models/${model}/infer`, 200, inferBody);
    await visit(publisher.key, 'POST', `/v2/models/${model}/versions/1.0.0/infer`, 200, inferBody);
    await visit(undefined, 'POST', `/v2/models/${model}/infer`, 401, inferBody);
    await visit(publisher.key, 'POST', `/v2/models/${model}/infer`, 400, { inputs: 7 });
    await visit(publisher.key, 'POST', `/v2/models/${model}/infer`, 400, Buffer.from('{'));
    const binary = { ...inferBody, parameters: { binary_data_output: true } };
    const bytes = await visit(publisher.key, 'POST', `/v2/models/${model}/infer`, 200, binary);
    expect(bytes.headers.get('content-type')).toBe('application/octet-stream');
  });

  it('answers as described about money', async () => {
    await visit(stranger.key, 'GET', '/v1/balance', 200);
    await visit(stranger.key, 'GET', '/v1/usage', 200);
    await visit(stranger.key, 'GET', '/v1/usage?groupBy=colour', 422);
    await visit(stranger.key, 'GET', '/v1/ledger', 200);
    await visit(publisher.key, 'GET', '/v1/balance', 403);
    const accountId = (await stranger.as('GET', '/v1/account')).body.id;
    const grant = { accountId, amountMicros: '1000000', reason: 'a test' };
    await visit(operator.token, 'POST', '/v1/admin/grants', 201, grant);
    await visit(stranger.token, 'POST', '/v1/admin/grants', 403, grant);
    await visit(operator.token, 'POST', '/v1/admin/grants', 422, { ...grant, amountMicros: 1.5 });
    await visit(operator.token, 'GET', '/v1/admin/grants', 200);
  });

  it('answers an unknown path and a wrong method with the error object', async () => {
    const missing = await callApi(cloud.apiUrl, undefined, 'GET', '/v1/there/is/nothing');
    expect([missing.status, missing.body.code]).toEqual([404, 'route_not_found']);
    const wrong = await callApi(cloud.apiUrl, undefined, 'DELETE', '/v1/health');
    expect([wrong.status, wrong.body.code, wrong.headers.get('allow')]).toEqual([
      405,
      'method_not_allowed',
      'GET, HEAD',
    ]);
    const v2 = await callApi(cloud.apiUrl, undefined, 'GET', '/v2/nothing');
    expect([v2.status, v2.headers.get('content-type')]).toEqual([404, 'application/json']);
  });

  it('was visited at every operation', () => {
    const throughPublishing = ['POST /v1/models/{model}/versions/{version}/complete'];
    expect(description.operations().filter((one) => !visited.has(one) && !throughPublishing.includes(one))).toEqual([]);
  });
});
