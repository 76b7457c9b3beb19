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

const isPublic = (path: string) => /^\/(v1\/(health|config|openapi|manifest-keys)|docs|v2$|v2\/health)/.test(path);

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
  // Whoever is known is told of the limits, in refusals too; operators at their own work have none.
  const limited =
    bearer !== undefined &&
    status !== 401 &&
    !isPublic(path) &&
    !(path.startsWith('/v1/admin/') && bearer === operator.token);
  expect([path, answer.headers.has('ratelimit'), answer.headers.has('ratelimit-policy')]).toEqual([
    path,
    limited,
    limited,
  ]);
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

  it('answers as described about webhooks', async () => {
    const hook = { url: 'http://127.0.0.1:9/', events: ['version.*', 'model.published'] };
    await visit(undefined, 'POST', '/v1/webhooks', 401, hook);
    await visit(publisher.token, 'POST', '/v1/webhooks', 422, { ...hook, url: 'https://10.0.0.1/' });
    await visit(publisher.token, 'POST', '/v1/webhooks', 422, { ...hook, events: ['version.validate'] });
    const once = { 'idempotency-key': 'described' };
    const { id, secret } = (await visit(publisher.token, 'POST', '/v1/webhooks', 201, hook, once)).body;
    expect(secret).toMatch(/^whsec_/);
    await visit(publisher.token, 'POST', '/v1/webhooks', 201, hook, once);
    await visit(publisher.token, 'POST', '/v1/webhooks', 422, { ...hook, events: ['*'] }, once);
    await visit(publisher.token, 'GET', '/v1/webhooks', 200);
    await visit(publisher.token, 'GET', `/v1/webhooks/${id}`, 200);
    await visit(stranger.token, 'GET', `/v1/webhooks/${id}`, 404);
    await visit(publisher.token, 'PATCH', `/v1/webhooks/${id}`, 200, { description: 'For the tests' });
    await visit(publisher.token, 'PATCH', `/v1/webhooks/${id}`, 412, { events: ['*'] }, { 'if-match': '"of-yore"' });
    await visit(publisher.token, 'POST', `/v1/webhooks/${id}/rotate-secret`, 200);
    const sent = await visit(publisher.token, 'POST', `/v1/webhooks/${id}/test`, 202);
    await visit(publisher.token, 'GET', `/v1/webhooks/${id}/deliveries`, 200);
    await visit(publisher.token, 'GET', `/v1/webhooks/${id}/deliveries/${sent.body.id}`, 200);
    await visit(publisher.token, 'GET', `/v1/webhooks/${id}/deliveries/evt_0`, 404);
    await visit(publisher.token, 'POST', `/v1/webhooks/${id}/deliveries/${sent.body.id}/replay`, 202);
    await visit(publisher.token, 'PATCH', `/v1/webhooks/${id}`, 200, { enabled: false });
    await visit(publisher.token, 'POST', `/v1/webhooks/${id}/test`, 409);
    await visit(publisher.token, 'POST', `/v1/webhooks/${id}/deliveries/${sent.body.id}/replay`, 409);
    await visit(publisher.token, 'DELETE', `/v1/webhooks/${id}`, 204);
    await visit(publisher.token, 'DELETE', `/v1/webhooks/${id}`, 404);
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
    await visit(undefined, 'GET', '/v1/models?q=iris&facets=task,license&sort=relevance&signature=FP32[-1,4]', 200);
    await visit(undefined, 'GET', '/v1/models?sort=colour', 422);
    await visit(undefined, 'GET', `/v1/models/${model}`, 200);
    await visit(publisher.key, 'GET', `/v1/models/${model}/versions`, 200);
    await visit(publisher.key, 'GET', `/v1/models/${model}/versions/1.0.0`, 200);
    await visit(undefined, 'GET', `/v1/models/${model}/versions/1.0.0/manifest`, 200);
    await visit(undefined, 'GET', '/v1/manifest-keys', 200);
    await visit(undefined, 'GET', `/v1/models/${model}/versions/1.0.0/examples`, 200);
    await visit(publisher.key, 'GET', `/v1/models/${model}/versions/9.9.9`, 404);
    await visit(publisher.key, 'PATCH', `/v1/models/${model}`, 200, { summary: 'Which iris is it?' });
    await visit(publisher.key, 'PATCH', `/v1/models/${model}`, 412, { summary: 'Late' }, { 'if-match': '"of-yore"' });
    await visit(publisher.key, 'GET', `/v1/models/${model}/history`, 200);
    await visit(stranger.key, 'GET', `/v1/models/${model}/history`, 403);
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

  it('answers as described about files', async () => {
    const files = `/v1/models/${model}/versions/1.0.0/files`;
    await visit(undefined, 'GET', files, 200);
    await visit(publisher.key, 'GET', `/v1/models/${model}/versions/^9/files`, 404);
    const file = await visit(undefined, 'GET', `${files}/model.onnx`, 302);
    await visit(stranger.key, 'GET', `${files}/model.onnx`, 304, undefined, {
      'if-none-match': file.headers.get('etag') ?? '',
    });
    await visit(undefined, 'GET', `${files}/weights.bin`, 404);
    await visit(publisher.key, 'GET', `/v1/models/${model}/versions/2.0.0/files`, 409);
    await visit(publisher.key, 'PATCH', `/v1/models/${model}`, 200, { downloads: 'refused' });
    await visit(stranger.key, 'GET', `${files}/model.onnx`, 403);
    await visit(publisher.key, 'PATCH', `/v1/models/${model}`, 200, { downloads: null });
  });

  it('answers as described to clients of the Hugging Face Hub', async () => {
    const repo = `${handle}/iris`;
    await visit(undefined, 'GET', '/hf/api/models?author=nobody&full=True&colour=red', 200);
    await visit(undefined, 'GET', `/hf/api/models?author=${handle}&full=True&limit=1`, 200);
    await visit(undefined, 'GET', '/hf/api/models?limit=ten', 400);
    await visit(undefined, 'GET', '/hf/api/models?cursor=page-2', 422);
    await visit(publisher.key, 'GET', '/hf/api/whoami-v2', 200);
    await visit(undefined, 'GET', '/hf/api/whoami-v2', 401);
    const info = await visit(undefined, 'GET', `/hf/api/models/${repo}?blobs=True`, 200);
    await visit(undefined, 'GET', `/hf/api/models/${repo}-not`, 404);
    await visit(undefined, 'GET', `/hf/api/models/${repo}/revision/${info.body.sha}`, 200);
    await visit(undefined, 'GET', `/hf/api/models/${repo}/revision/nope`, 404);
    await visit(undefined, 'GET', `/hf/api/models/${repo}/refs?include_prs=1`, 200);
    await visit(undefined, 'GET', `/hf/api/models/${repo}/commits/main`, 200);
    await visit(undefined, 'GET', `/hf/api/models/${repo}/tree/main?recursive=True&expand=True`, 200);
    await visit(undefined, 'GET', `/hf/api/models/${repo}/tree/main/none`, 404);
    await visit(undefined, 'POST', `/hf/api/models/${repo}/paths-info/main`, 200, { paths: ['model.onnx'] });
    await visit(undefined, 'POST', `/hf/api/models/${repo}/paths-info/main`, 400, { paths: 7 });
    await visit(undefined, 'GET', `/hf/api/models/${repo}/auth-check`, 200);
    await visit(undefined, 'GET', `/hf/${repo}/resolve/main/model.onnx`, 302);
    await visit(undefined, 'GET', `/hf/${repo}/resolve/main/README.md`, 200);
    await visit(undefined, 'GET', `/hf/${repo}/resolve/main/none.txt`, 404);
  });

  it('answers as described about aliases', async () => {
    const path = `/v1/models/${model}/aliases/stable`;
    const one = { targets: [{ version: '1.0.0', weight: 1 }] };
    const made = await visit(publisher.key, 'PUT', path, 201, one);
    await visit(publisher.key, 'PUT', path, 200, { ...one, reason: 'As it was' });
    await visit(publisher.key, 'PUT', path, 412, one, { 'if-match': '"of-yore"' });
    await visit(publisher.key, 'PUT', path, 422, { targets: [{ version: '1.0.0', weight: 0.5 }] });
    await visit(publisher.key, 'PUT', path, 422, { targets: [{ version: '9.9.9', weight: 1 }] });
    await visit(publisher.key, 'PUT', path, 409, { targets: [{ version: '2.0.0', weight: 1 }] });
    await visit(stranger.token, 'PUT', path, 403, one);
    await visit(publisher.key, 'GET', path, 200);
    await visit(publisher.key, 'POST', `${path}/rollback`, 409);
    await visit(publisher.key, 'POST', `/v1/models/${model}/aliases/oldest/rollback`, 404);
    await visit(publisher.key, 'PUT', path, 200, { protectedRoles: ['owner'] });
    await visit(publisher.key, 'DELETE', `/v1/models/${model}/aliases/latest`, 409);
    await visit(publisher.key, 'DELETE', path, 204, undefined, { 'if-match': '*' });
    await visit(publisher.key, 'DELETE', path, 404, undefined, { 'if-match': made.headers.get('etag') ?? '' });
  });

  it('answers as described about the end of versions and models', async () => {
    const ending = `${handle}.ending`;
    const version = `/v1/models/${ending}/versions/1.0.0`;
    await publishModel(publisher, { name: ending, bytes: iris });
    const notice = { sunsetAt: new Date(Date.now() + 8 * 86_400_000).toISOString(), reason: 'a better one is there' };
    await visit(publisher.key, 'POST', `${version}/deprecate`, 422, { ...notice, sunsetAt: new Date().toISOString() });
    await visit(publisher.key, 'POST', `${version}/deprecate`, 422, { ...notice, successor: '9.0.0' });
    await visit(stranger.key, 'POST', `${version}/deprecate`, 403, notice);
    await visit(publisher.key, 'POST', `${version}/deprecate`, 200, notice);
    await visit(publisher.key, 'GET', version, 200);
    await visit(publisher.key, 'POST', `${version}/retire`, 409, { reason: 'at once' });
    await visit(publisher.key, 'POST', `${version}/undeprecate`, 200);
    await visit(stranger.key, 'POST', `${version}/undeprecate`, 403);
    await visit(publisher.key, 'GET', `${version}/receipt`, 404);
    await visit(publisher.key, 'PATCH', `/v1/models/${ending}`, 200, { visibility: 'private' });
    await visit(publisher.key, 'POST', `${version}/retire`, 200, { reason: 'nobody calls it' });
    await visit(publisher.key, 'POST', `${version}/undeprecate`, 409);
    await visit(publisher.key, 'GET', version, 200);
    await visit(publisher.token, 'DELETE', `/v1/models/${ending}?confirm=another&reason=over`, 422);
    await visit(publisher.token, 'DELETE', `/v1/models/${ending}?confirm=${ending}&reason=over`, 202);
    await visit(publisher.key, 'POST', `${version}/deprecate`, 409, notice);
  });

  it('answers as described about cards', async () => {
    const path = `/v1/models/${model}/card`;
    const text = '---\nmodel-index: [{results: [{metrics: [{type: accuracy, value: 0.97}]}]}]\n---\n# Iris\n';
    await visit(undefined, 'GET', path, 404);
    const made = await visit(publisher.key, 'PUT', path, 200, { text });
    await visit(
      publisher.key,
      'PUT',
      path,
      200,
      { text: `${text}More.` },
      { 'if-match': made.headers.get('etag') ?? '' },
    );
    await visit(publisher.key, 'PUT', path, 412, { text }, { 'if-match': '"of-yore"' });
    await visit(publisher.key, 'PUT', path, 422, { text: '---\na: &b 1\nc: *b\n---\n' });
    await visit(publisher.key, 'PUT', path, 413, { text: 'x'.repeat(600_000) });
    await visit(stranger.token, 'PUT', path, 403, { text });
    await visit(undefined, 'GET', path, 200);
  });

  it('answers as described to Open Inference clients', async () => {
    await visit(undefined, 'GET', '/v2', 200);
    await visit(undefined, 'GET', '/v2/health/live', 200);
    await visit(undefined, 'GET', '/v2/health/ready', 200);
    await visit(publisher.key, 'POST', `/v1/models/${model}/versions/1.0.0/release`, 200);
    await visit(stranger.key, 'GET', '/v2/models', 200);
    await visit(stranger.key, 'POST', '/v2/repository/index', 200);
    const metadata = await visit(stranger.key, 'GET', `/v2/models/${model}`, 200);
    for (const rest of ['/ready', '/config', '/versions/1.0.0', '/versions/1.0.0/ready', '/versions/1.0.0/config']) {
      await visit(stranger.key, 'GET', `/v2/models/${model}${rest}`, 200);
    }
    for (const rest of ['/stats', `/${model}/stats`, `/${model}/versions/1.0.0/stats`]) {
      await visit(stranger.key, 'GET', `/v2/models${rest}`, 200);
      await visit(undefined, 'GET', `/v2/models${rest}`, 401);
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

  it('answers as described about access', async () => {
    const gated = `${handle}.gated`;
    const there = `/v1/models/${gated}`;
    await publishModel(publisher, { name: gated, bytes: iris });
    await callApi(cloud.apiUrl, publisher.key, 'PATCH', there, { visibility: 'gated' });
    const accountId = (await stranger.as('GET', '/v1/account')).body.id;
    const request = `${there}/access-requests/${accountId}`;
    const terms = { version: '1', text: 'Be kind.' };
    await visit(publisher.token, 'PUT', `${there}/terms`, 200, terms);
    await visit(publisher.token, 'PUT', `${there}/terms`, 409, { ...terms, text: 'Be rude.' });
    await visit(publisher.token, 'PUT', `${there}/terms`, 422, { version: '1' });
    await visit(undefined, 'GET', `${there}/terms`, 200);
    await visit(stranger.token, 'POST', `${there}/access-requests`, 403, { reason: 'A study' });
    await visit(stranger.token, 'POST', `${there}/terms/accept`, 409, { version: '2' });
    await visit(stranger.token, 'POST', `${there}/terms/accept`, 200, { version: '1' });
    await visit(stranger.token, 'POST', `/v2/models/${gated}/infer`, 403, inferBody);
    await visit(stranger.token, 'POST', `${there}/access-requests`, 201, { reason: 'A study' });
    await visit(stranger.token, 'POST', `${there}/access-requests`, 409, { reason: 'A study' });
    await visit(publisher.token, 'POST', `${there}/access-requests`, 409, { reason: 'A study' });
    await visit(publisher.token, 'GET', `${there}/access-requests?state=pending`, 200);
    await visit(stranger.token, 'GET', request, 200);
    await visit(stranger.token, 'GET', '/v1/access-requests', 200);
    await visit(publisher.token, 'POST', `${request}/reject`, 422, {});
    await visit(publisher.token, 'POST', `${request}/reject`, 200, { message: 'Who are you?' });
    await visit(publisher.token, 'POST', `${request}/approve`, 200, { message: 'Welcome' });
    await visit(publisher.token, 'POST', `${request}/reject`, 409, { message: 'No' });
    await visit(stranger.token, 'POST', `${request}/approve`, 403);
    await visit(publisher.token, 'POST', `${request}/revoke`, 200);
    await visit(publisher.token, 'PUT', `${there}/shares/${accountId}`, 200);
    await visit(publisher.token, 'PUT', `${there}/shares/nobody-of-that-name`, 404);
    await visit(publisher.token, 'GET', `${there}/shares`, 200);
    await visit(publisher.token, 'DELETE', `${there}/shares/${accountId}`, 204);
    await visit(publisher.token, 'DELETE', `${there}/shares/${accountId}`, 404);
    await visit(stranger.token, 'DELETE', `/v1/access-requests/${gated}`, 204);
    await visit(stranger.token, 'DELETE', `/v1/access-requests/${gated}-none`, 404);
    await visit(publisher.token, 'PUT', `${there}/shares/${accountId}`, 409);
    await visit(publisher.token, 'DELETE', `${there}/terms`, 204);
    await visit(undefined, 'GET', `${there}/terms`, 404);
  });

  it('answers as described about reviews', async () => {
    const name = `${handle}.reviewed`;
    const reviews = `/v1/models/${name}/reviews`;
    const accountId = (await stranger.as('GET', '/v1/account')).body.id;
    await publishModel(publisher, { name, bytes: iris });
    await callApi(cloud.apiUrl, publisher.key, 'PATCH', `/v1/models/${name}`, { visibility: 'gated' });
    await visit(stranger.key, 'PUT', `${reviews}/mine`, 403, { rating: 5 });
    await visit(publisher.token, 'PUT', `/v1/models/${name}/shares/${accountId}`, 200);
    await visit(stranger.key, 'GET', `/v1/models/${name}/versions/1.0.0/files/model.onnx`, 302);
    const made = await visit(stranger.key, 'PUT', `${reviews}/mine`, 201, {
      rating: 4,
      title: 'Fine',
      version: '1.0.0',
    });
    await visit(stranger.key, 'PUT', `${reviews}/mine`, 200, { rating: 5, text: 'Better than I thought' });
    await visit(stranger.key, 'PUT', `${reviews}/mine`, 412, { rating: 1 }, { 'if-match': '"of-yore"' });
    await visit(stranger.key, 'PUT', `${reviews}/mine`, 422, { rating: 6 });
    await visit(stranger.key, 'PUT', `${reviews}/mine`, 422, { rating: 5, version: '9.0.0' });
    await visit(publisher.key, 'PUT', `${reviews}/mine`, 403, { rating: 5 });
    await visit(stranger.key, 'GET', `${reviews}/mine`, 200);
    await visit(publisher.key, 'GET', `${reviews}/mine`, 404);
    await visit(undefined, 'GET', `/v1/models/${name}`, 200);
    await visit(undefined, 'GET', reviews, 200);
    await visit(undefined, 'GET', `${reviews}?sort=-rating&limit=1`, 200);
    await visit(undefined, 'GET', `${reviews}?sort=colour`, 422);
    const review = `${reviews}/${made.body.id}`;
    await visit(undefined, 'GET', review, 200);
    await visit(undefined, 'GET', `${review.slice(0, -1)}!`, 404);
    await visit(publisher.key, 'POST', `${review}/reply`, 201, { text: 'Thank you' });
    await visit(publisher.key, 'POST', `${review}/reply`, 200, { text: 'Thank you both' });
    await visit(stranger.token, 'POST', `${review}/reply`, 403, { text: 'Mine' });
    await visit(publisher.key, 'DELETE', `${review}/reply`, 204);
    await visit(publisher.key, 'DELETE', `${review}/reply`, 404);
    await visit(stranger.key, 'DELETE', `${reviews}/mine`, 204);
    await visit(stranger.key, 'DELETE', `${reviews}/mine`, 404);
  });

  it('answers as described about reports and what operators do about them', async () => {
    const name = `${handle}.reviewed`;
    const path = `/v1/models/${name}`;
    const admin = `/v1/admin/moderation/models/${name}`;
    const why = { reason: 'A test' };
    const { id } = (await visit(stranger.key, 'PUT', `${path}/reviews/mine`, 201, { rating: 1 })).body;
    const filed = await visit(publisher.key, 'POST', `${path}/reviews/${id}/report`, 201, { reason: 'spam' });
    await visit(publisher.key, 'POST', `${path}/reviews/${id}/report`, 200, { reason: 'spam' });
    await visit(publisher.key, 'POST', `${path}/reviews/${id}/report`, 422, { reason: 'dislike' });
    await visit(publisher.key, 'POST', `${path}/reviews/rvw_0/report`, 404, { reason: 'spam' });
    const ofModel = await visit(stranger.key, 'POST', `${path}/reports`, 201, {
      reason: 'other',
      text: 'It is a test',
    });
    await visit(stranger.key, 'POST', `${path}/reports`, 200, { reason: 'illegal' });
    await visit(undefined, 'POST', `${path}/reports`, 401, { reason: 'illegal' });
    await visit(stranger.key, 'GET', `${path}/reports/${ofModel.body.id}`, 200);
    await visit(stranger.key, 'GET', `${path}/reports/${filed.body.id}`, 404);
    const reports = '/v1/admin/moderation/reports';
    await visit(operator.token, 'GET', `${reports}?limit=1`, 200);
    await visit(operator.token, 'GET', `${reports}?state=colour`, 422);
    await visit(publisher.token, 'GET', reports, 403);
    await visit(operator.token, 'GET', `${reports}/${filed.body.id}`, 200);
    await visit(operator.token, 'GET', `${reports}/rpt_0`, 404);
    const decision = { decision: 'hide-review', ...why };
    await visit(operator.token, 'POST', `${reports}/${ofModel.body.id}/resolve`, 422, decision);
    await visit(operator.token, 'POST', `${reports}/${filed.body.id}/resolve`, 200, decision);
    await visit(operator.token, 'POST', `${reports}/${filed.body.id}/resolve`, 409, {
      ...decision,
      decision: 'dismiss',
    });
    await visit(operator.token, 'GET', `${reports}?state=resolved`, 200);
    await visit(stranger.key, 'GET', `${path}/reviews/mine`, 200);
    await visit(stranger.key, 'DELETE', `${path}/reviews/mine`, 409);
    await visit(undefined, 'GET', `${path}/reviews/${id}`, 404);
    await visit(operator.token, 'POST', `${admin}/reviews/${id}/show`, 200, why);
    await visit(operator.token, 'POST', `${admin}/reviews/${id}/hide`, 200, why);
    await visit(operator.token, 'POST', `${admin}/reviews/rvw_0/hide`, 404, why);
    await visit(operator.token, 'POST', `${admin}/suspend`, 200, why);
    await visit(operator.token, 'POST', `${admin}/suspend`, 422, {});
    await visit(publisher.token, 'POST', `${admin}/suspend`, 403, why);
    await visit(undefined, 'GET', path, 404);
    await visit(publisher.key, 'GET', path, 200);
    await visit(stranger.key, 'POST', `/v2/models/${name}/infer`, 403, inferBody);
    await visit(operator.token, 'POST', `${admin}/reinstate`, 200, why);
    await visit(operator.token, 'POST', `${admin.replace('reviewed', 'none')}/reinstate`, 404, why);
    await visit(undefined, 'GET', path, 200);
  });

  it('answers as described about offers and subscriptions', async () => {
    const offers = `/v1/models/${model}/offers`;
    const free = { kind: 'free', name: 'Free' };
    const made = await visit(publisher.token, 'POST', offers, 201, free);
    await visit(publisher.token, 'POST', offers, 422, { kind: 'free', name: 'Free', feeMicros: '1' });
    await visit(stranger.token, 'POST', offers, 403, free);
    await visit(undefined, 'GET', offers, 200);
    const offer = `${offers}/${made.body.id}`;
    await visit(undefined, 'GET', offer, 200);
    await visit(undefined, 'GET', `${offer.slice(0, -1)}!`, 404);
    await visit(publisher.token, 'POST', `${offer}/versions`, 201, { kind: 'free' });
    await visit(publisher.token, 'POST', `${offer}/versions`, 409, { kind: 'perCall', perCallMicros: '1' });
    const wish = { model, offerId: made.body.id };
    await visit(stranger.key, 'POST', '/v1/subscriptions', 403, wish);
    const taken = await visit(stranger.token, 'POST', '/v1/subscriptions', 201, wish);
    await visit(stranger.token, 'POST', '/v1/subscriptions', 409, wish);
    await visit(stranger.token, 'GET', '/v1/subscriptions', 200);
    await visit(stranger.token, 'GET', `/v1/subscriptions/${taken.body.id}`, 200);
    await visit(publisher.token, 'GET', `/v1/subscriptions/${taken.body.id}`, 404);
    await visit(publisher.token, 'GET', `/v1/models/${model}/subscribers`, 200);
    await visit(stranger.token, 'POST', `/v1/subscriptions/${taken.body.id}/cancel`, 200);
    await visit(stranger.token, 'POST', `/v1/subscriptions/${taken.body.id}/cancel`, 200, { now: true });
    await visit(stranger.token, 'POST', `/v1/subscriptions/${taken.body.id}/cancel`, 409);
    await visit(publisher.token, 'PATCH', offer, 200, { state: 'closed' });
    await visit(publisher.token, 'PATCH', offer, 422, { state: 'open' });
    await visit(stranger.token, 'POST', '/v1/subscriptions', 409, wish);
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
    await visit(operator.token, 'GET', '/v1/admin/prices', 200);
    // The defaults, so that nobody else's charges change.
    const prices = { publisherShare: 0.8, computeFee: { perGbSecondMicros: '0' }, reason: 'a test' };
    await visit(operator.token, 'PUT', '/v1/admin/prices', 200, prices);
    await visit(stranger.token, 'PUT', '/v1/admin/prices', 403, prices);
    await visit(operator.token, 'PUT', '/v1/admin/prices', 422, { ...prices, publisherShare: 2 });
    await visit(operator.token, 'GET', '/v1/admin/prices/versions', 200);
    const moderated = `/v1/admin/moderation/models/${model}/versions/1.0.0/release`;
    const why = { reason: 'Its runs were mended' };
    await visit(operator.token, 'POST', moderated, 200, why);
    await visit(operator.token, 'POST', moderated, 422, {});
    await visit(publisher.token, 'POST', moderated, 403, why);
    await visit(operator.token, 'POST', moderated.replace('1.0.0', '9.0.0'), 404, why);
    const limits = `/v1/admin/accounts/${accountId}/limits`;
    await visit(operator.token, 'PUT', limits, 200, { account: { calls: 9_000, windowSeconds: 60 } });
    await visit(operator.token, 'GET', limits, 200);
    await visit(operator.token, 'PUT', limits, 422, { account: { calls: 0, windowSeconds: 60 } });
    await visit(stranger.token, 'GET', limits, 403);
    await visit(operator.token, 'GET', limits.replace(/acc_\w+/, 'acc_nobody'), 404);
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
