// Products made by the real compiler, proven against the real runtime in the process that smoke runs have: only the
// buckets are maps.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sendFile } from '../../../lambdas/inference/adapters/form-upload.ts';
import { downloadModel } from '../../../lambdas/inference/adapters/model-download.ts';
import { startSmokeProcess } from '../../../lambdas/inference/adapters/smoke-process.ts';
import type { ProbeReport, ProbeRequest } from '../../../lambdas/inference/contract.ts';
import { childProbeReport } from '../../../lambdas/inference/domain/smoke-message.ts';
import { probe } from '../../../lambdas/inference/routes/probe.ts';
import { makeFlat } from '../../../lambdas/registry/routes/make-flat.ts';
import type { ProductPorts } from '../../../lambdas/registry/routes/product.ts';
import { loadExecutor } from '../../../lambdas/shared/executor/load-executor.ts';
import { unpackCalls } from '../../../lambdas/shared/executor/prove/tensor-pack.ts';
import { createModelScan } from '../../../lambdas/shared/onnx/scan-model.ts';

const models = new URL('../../golden/executor/models/', import.meta.url);
const modelNamed = (name: string) => new Uint8Array(readFileSync(new URL(`${name}.onnx`, models)));
const childFile = fileURLToPath(new URL('../../../lambdas/inference/handlers/smoke-child.ts', import.meta.url));
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const askRuntime = probe({
  start: (limits) => startSmokeProcess(childFile, limits, childProbeReport),
  download: downloadModel,
  send: sendFile,
});

let server: Server;
let origin: string;
/** Both buckets, by key. */
const objects = new Map<string, Uint8Array>();
let ask: (request: ProbeRequest) => Promise<ProbeReport>;
let asked: ProbeRequest[];

beforeAll(async () => {
  server = createServer((request, answer) => answer.end(objects.get((request.url ?? '').slice(1))));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

beforeEach(() => {
  objects.clear();
  asked = [];
  ask = askRuntime;
});

const write = async (key: string, bytes: Uint8Array, sha256: string) => {
  expect(sha256Of(bytes)).toBe(sha256);
  objects.set(key, bytes);
};
const presign = async (key: string) => `${origin}/${key}`;

const unneeded = () => {
  throw new Error('nothing is copied from quarantine');
};

const ports: ProductPorts = {
  clock: () => 0,
  artifacts: {
    read: async function* (key) {
      yield objects.get(key) ?? new Uint8Array();
    },
    write,
    presign,
    keep: unneeded,
  },
  quarantine: { write, presign, read: unneeded, form: unneeded, pin: unneeded },
  probe: (request) => {
    asked.push(request);
    return ask(request);
  },
  smokeLimits: { memoryBytes: 1_073_741_824, timeoutMs: 60_000 },
};

const subjectOf = (model: Uint8Array) => {
  const scan = createModelScan();
  scan.push(model);
  const report = scan.finish();
  if (!report.ok) throw new Error(report.rejection.message);
  const sha256 = sha256Of(model);
  const artifact = { key: `sha256/${sha256}`, sha256, sizeBytes: model.length };
  objects.set(artifact.key, model);
  return { signature: report.signature, artifact };
};

describe('a flat product', () => {
  it.each(['forest', 'logistic', 'mlp', 'columns-one-hot'])('is made of %s', async (name) => {
    const product = await makeFlat(ports, subjectOf(modelNamed(name)));
    expect(product).toMatchObject({ rowLimit: expect.any(Number) });
    if ('reason' in product) return;
    const kept = objects.get(product.key) ?? new Uint8Array();
    expect(product).toMatchObject({ key: `sha256/${sha256Of(kept)}`, sha256: sha256Of(kept), sizeBytes: kept.length });
    expect(loadExecutor(kept).outputs.length).toBeGreaterThan(0);
  });

  it('is not made of what the executor does not run, and onnxruntime is not asked', async () => {
    expect(await makeFlat(ports, subjectOf(modelNamed('svc')))).toEqual({
      reason: 'operator SVMClassifier of ai.onnx.ml',
    });
    expect(asked).toEqual([]);
  });

  const lying =
    (change: (report: Extract<ProbeReport, { ok: true }>) => ProbeReport) => async (request: ProbeRequest) => {
      const report = await askRuntime(request);
      return report.ok ? change(report) : report;
    };

  it.each<{ why: string; reason: RegExp; change: Parameters<typeof lying>[0] }>([
    {
      why: 'answers differ',
      reason: /^not proven equal: output '(label|probabilities)', batch of \d+, element \d+/,
      change: (report) => {
        const bytes = Buffer.from(report.answers, 'base64');
        bytes.writeUInt8(bytes.readUInt8(bytes.length - 2) ^ 0x40, bytes.length - 2);
        return { ...report, answers: bytes.toString('base64') };
      },
    },
    {
      why: 'answers are no pack',
      reason: /^not proven equal: only the runtime refused/,
      change: (report) => ({ ...report, answers: 'AAAA' }),
    },
    {
      why: 'answers were cut short',
      reason: /^not proven equal: only the runtime refused/,
      change: (report) => ({ ...report, answers: report.answers.slice(0, -8) }),
    },
    {
      why: 'onnxruntime is faster at one row',
      reason: /^onnxruntime is faster at one row already$/,
      change: (report) => ({
        ...report,
        timings: report.timings.map((timing) => ({ ...timing, nativeMs: 1, compiledMs: 1.05 })),
      }),
    },
    {
      why: 'no time was taken',
      reason: /^onnxruntime is faster at one row already$/,
      change: (report) => ({ ...report, timings: [] }),
    },
    {
      why: 'the process died',
      reason: /^onnxruntime did not answer the proof: crashed$/,
      change: () => ({ ok: false, rule: 'crashed', message: '' }),
    },
  ])('is not made where $why', async ({ reason, change }) => {
    ask = lying(change);
    const subject = subjectOf(modelNamed('forest'));
    const outcome = await makeFlat(ports, subject);
    expect(outcome).toEqual({ reason: expect.stringMatching(reason) });
    expect([...objects.keys()].filter((key) => key.startsWith('sha256/'))).toEqual([subject.artifact.key]);
  });

  it('takes rows up to the batch where onnxruntime is faster', async () => {
    ask = lying((report) => ({
      ...report,
      timings: report.timings.map((timing, index) => ({ ...timing, nativeMs: 1, compiledMs: index < 3 ? 0.5 : 1.2 })),
    }));
    expect(await makeFlat(ports, subjectOf(modelNamed('forest')))).toMatchObject({ rowLimit: 16 });
  });

  it('sends inputs and compiled model to be fetched, each by its hash, and asks for bounded answers', async () => {
    await makeFlat(ports, subjectOf(modelNamed('forest')));
    const [request] = asked;
    for (const file of [request?.probe.calls, request?.probe.compiled]) {
      const bytes = objects.get((file?.url ?? '').slice(origin.length + 1)) ?? new Uint8Array();
      expect(file).toMatchObject({ sha256: sha256Of(bytes), sizeBytes: bytes.length });
      expect(file?.url).toContain(`/candidates/${request?.sha256}/`);
    }
    const calls = unpackCalls(objects.get((request?.probe.calls?.url ?? '').slice(origin.length + 1)) ?? Buffer.of());
    expect(calls?.filter(({ timed }) => timed).length).toBeGreaterThan(3);
    expect(calls?.length).toBeGreaterThan(50);
    expect(request?.probe.answerBytes).toBeLessThanOrEqual(2_097_152);
  });

  it('is our fault when the artifact is not what it is called', async () => {
    const subject = subjectOf(modelNamed('forest'));
    objects.set(subject.artifact.key, Uint8Array.from(modelNamed('forest')).fill(0, 0, 9));
    await expect(makeFlat(ports, subject)).rejects.toThrow(/must be what it is called/);
  });
});
