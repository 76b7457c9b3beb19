// What operators see of a call: one line of each function that had a part in it, with metrics, under one trace.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { awaitLines, linesOf } from '../support/cloud-logs.ts';
import { embeddedMetrics } from '../support/emf-schema.ts';
import { callApi, Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));
const secretInput = 5.123_456_7;
const inputs = [{ name: 'X', datatype: 'FP32', shape: [1, 4], data: [secretInput, 3.5, 1.4, 0.2] }];

let cloud: Cloud;
let publisher: Person;
let model: string;
/** One row more than the compiled model takes: onnxruntime runs them, in a function of its own. */
let manyRows: object;

beforeAll(async () => {
  cloud = await startCloud();
  publisher = await new Person(cloud, 'watched').join();
  const handle = `watched-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  await publisher.makeKey(['models:read', 'models:write', 'infer']);
  model = `${handle}.iris`;
  const { products } = await publishModel(publisher, { name: model, bytes: iris });
  const rows = products.find((one: { kind: string }) => one.kind === 'flat').rowLimit + 1;
  const data = new Array(rows * 4).fill(secretInput);
  manyRows = { inputs: [{ name: 'X', datatype: 'FP32', shape: [rows, 4], data }] };
}, 180_000);

afterAll(() => cloud?.stop());

const infer = (headers: Record<string, string> = {}, body: object = { inputs }) =>
  callApi(cloud.apiUrl, publisher.key, 'POST', `/v2/models/${model}/infer`, body, headers);

const newTraceId = () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex');

describe('a paid call', () => {
  it('writes exactly one line in infer and one in the function that ran the model, under the caller’s trace', async () => {
    const traceId = newTraceId();
    const ids: (string | null)[] = [];
    for (let calls = 0; calls < 3; calls++) {
      const answer = await infer({ traceparent: `00-${traceId}-b7ad6b7169203331-01` }, manyRows);
      expect(answer.status).toBe(200);
      ids.push(answer.headers.get('x-request-id'));
    }
    const ofTrace = (line: Record<string, unknown>) => line.traceId === traceId;
    const calls = await awaitLines(cloud, 'inference-infer', ofTrace, 3);
    expect(calls.map(({ requestId }) => requestId)).toEqual(ids);
    const runs = await awaitLines(cloud, 'inference-run-2gib', ofTrace, 3);
    expect(runs).toHaveLength(3);
    expect(runs.map(({ parentId }) => parentId).sort()).toEqual(calls.map(({ spanId }) => spanId).sort());
  });

  it('has its figures as metrics of CloudWatch, and who called what beside them', async () => {
    const traceId = newTraceId();
    const answer = await infer({ traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    const [line] = await awaitLines(cloud, 'inference-infer', (one) => one.traceId === traceId);
    const { namespace, dimensions, metrics } = embeddedMetrics(line);
    expect(namespace).toBe('AIMass/dev');
    expect(Object.keys(dimensions).sort()).toEqual(['cold', 'lane']);
    expect(dimensions.lane).toBe('typescript');
    for (const name of ['durationMs', 'parseMs', 'queueMs', 'loadMs', 'runMs', 'encodeMs', 'chargeMs'])
      expect(metrics).toHaveProperty(name);
    expect(metrics.requestBytes).toBe(Buffer.byteLength(JSON.stringify({ inputs })));
    expect(metrics.answerBytes).toBe(Buffer.byteLength(JSON.stringify(answer.body)));
    expect(line).toMatchObject({ route: 'inferModel', status: 200, model, version: '1.0.0', rows: 1 });
    expect(line?.accountId).toMatch(/^acc_/);
    expect(line?.keyId).toMatch(/^key_/);
    expect(line?.xrayTraceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('that is refused is one line too, an error of the caller’s', async () => {
    const traceId = newTraceId();
    await infer({ traceparent: `00-${traceId}-b7ad6b7169203331-01` }, { inputs: [] });
    const lines = await awaitLines(cloud, 'inference-infer', (one) => one.traceId === traceId);
    expect(lines).toHaveLength(1);
    expect(embeddedMetrics(lines[0]).metrics).toMatchObject({ callerErrors: 1 });
    expect(lines[0]).toMatchObject({ level: 'info', status: 400, code: expect.any(String) });
  });
});

it('carries the trace from the upload’s completion over the event to its scan, its trial run and its products', async () => {
  const [scan] = await awaitLines(cloud, 'registry-scan', (one) => one.work === 'scan' && one.model === model);
  const ofTrace = (one: Record<string, unknown>) => one.traceId === scan?.traceId;
  expect(await awaitLines(cloud, 'registry-api', ofTrace)).toMatchObject([
    { route: 'completeVersion', status: 202, spanId: scan?.parentId },
  ]);
  const tried = await awaitLines(cloud, 'inference-smoke', ofTrace);
  // Tried, then its example answered, then its product.
  expect(tried.map(({ work }) => work)).toEqual(['smoke', 'probe', 'probe']);
  expect(tried[0]).toMatchObject({ ok: true });
  const made = await awaitLines(cloud, 'registry-scan', (one) => one.work === 'product' && ofTrace(one));
  expect(made.map(({ product }) => product)).toEqual(['flat', 'ort']);
  expect(embeddedMetrics(scan)).toMatchObject({ dimensions: { work: 'scan' }, metrics: { receiveCount: 1 } });
});

it('names no secret, no address and no input anywhere', async () => {
  await infer();
  const names = ['accounts-api', 'registry-api', 'inference-infer', 'inference-run-2gib', 'registry-scan'];
  const all = JSON.stringify(await Promise.all(names.map((name) => linesOf(cloud, name))));
  expect(all.length).toBeGreaterThan(1000);
  expect(all).not.toContain(publisher.key?.split('_')[2]);
  expect(all).not.toContain(publisher.token);
  expect(all).not.toContain(publisher.email);
  expect(all).not.toContain(String(secretInput));
});
