// Products of real models, made by the real runtime in the process that smoke runs have, over the emulator's buckets:
// what leaves that process goes through a signed form.
import { readFileSync } from 'node:fs';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProbeReport, ProbeRequest } from '../../lambdas/inference/contract.ts';
import { dynamoHealth } from '../../lambdas/registry/adapters/dynamo-health.ts';
import { dynamoHolds } from '../../lambdas/registry/adapters/dynamo-holds.ts';
import { dynamoRenewal } from '../../lambdas/registry/adapters/dynamo-renewal.ts';
import { PLATFORM } from '../../lambdas/registry/ports/act.ts';
import type { Version } from '../../lambdas/registry/ports.ts';
import { makeFlat } from '../../lambdas/registry/routes/make-flat.ts';
import { makeOrt } from '../../lambdas/registry/routes/make-ort.ts';
import { makeProducts } from '../../lambdas/registry/routes/make-products.ts';
import type { Subject } from '../../lambdas/registry/routes/product.ts';
import { renewVersions } from '../../lambdas/registry/routes/renew-versions.ts';
import { loadExecutor } from '../../lambdas/shared/executor/load-executor.ts';
import { manifestPair } from '../support/manifest-keys.ts';
import { newModel } from '../support/registry-api.ts';
import { signatureOf, type TinyGraph, tinyModel } from '../support/tiny-onnx.ts';
import { ARTIFACTS, type Place, sha256Of, startPlace } from './registry-place.ts';

let place: Place;

beforeAll(async () => {
  place = await startPlace();
});
afterAll(() => place?.stop());

/** y = x · W: a megabyte of weights and more, which the original copies and lays out anew when it loads. */
const wide: TinyGraph = {
  inputs: [{ name: 'x', datatype: 'FP32', dims: ['n', 1024] }],
  outputs: [{ name: 'y', datatype: 'FP32', dims: ['n', 2048] }],
  initializers: [
    {
      name: 'w',
      datatype: 'FP32',
      dims: [1024, 2048],
      raw: new Uint8Array(Float32Array.from({ length: 1024 * 2048 }, (_, index) => Math.sin(index)).buffer),
    },
  ],
  nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
};

const wideModel = tinyModel(wide);

const keep = async (graph: TinyGraph, model = tinyModel(graph)): Promise<Subject> => {
  const sha256 = sha256Of(model);
  const artifact = { key: `sha256/${sha256}`, sha256, sizeBytes: model.length };
  await place.s3.send(new PutObjectCommand({ Bucket: ARTIFACTS, Key: artifact.key, Body: model }));
  return { signature: signatureOf(graph), artifact };
};

const readArtifact = async (key: string) => {
  const { Body } = await place.s3.send(new GetObjectCommand({ Bucket: ARTIFACTS, Key: key }));
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
};

/** The runtime's reports, each changed on its way. */
const changing = (change: (report: Extract<ProbeReport, { ok: true }>, request: ProbeRequest) => ProbeReport) => {
  const ports = place.productPorts();
  return {
    ...ports,
    probe: async (request: ProbeRequest) => {
      const report = await ports.probe(request);
      return report.ok ? change(report, request) : report;
    },
  };
};

/** How much faster it loads is no matter of a test on a machine that others use. */
const quick = () => changing((report, { probe }) => ({ ...report, loadMs: probe.format === 'ort' ? 1 : 10 }));

describe('a flat product', () => {
  it('is kept under its own hash, and runs', async () => {
    const model = new Uint8Array(readFileSync(new URL('../golden/executor/models/forest.onnx', import.meta.url)));
    const subject = await keep(
      {
        inputs: [{ name: 'X', datatype: 'FP32', dims: ['n', 4] }],
        outputs: [
          { name: 'label', datatype: 'INT64', dims: ['n'] },
          { name: 'probabilities', datatype: 'FP32', dims: ['n', 3] },
        ],
        nodes: [],
      },
      model,
    );
    const product = await makeFlat(place.productPorts(), subject);
    if ('reason' in product) throw new Error(product.reason);
    const bytes = await readArtifact(product.key);
    expect(product).toMatchObject({ sha256: sha256Of(bytes), sizeBytes: bytes.length });
    expect(loadExecutor(bytes).inputs.map(({ name }) => name)).toEqual(['X']);
  });
});

describe('an ort product', () => {
  it('is what onnxruntime wrote, proven by a second run, and kept under its own hash', async () => {
    const product = await makeOrt(quick(), await keep(wide, wideModel));
    if ('reason' in product) throw new Error(product.reason);
    const bytes = await readArtifact(product.key);
    expect(product).toMatchObject({ sha256: sha256Of(bytes), sizeBytes: bytes.length });
    expect(Buffer.from(bytes.subarray(4, 8)).toString()).toBe('ORTM');
  });

  it('is not made of what loads in no time', async () => {
    const small: TinyGraph = { ...wide, initializers: [], inputs: wide.outputs, nodes: [] };
    expect(await makeOrt(place.productPorts(), await keep(small))).toEqual({
      reason: expect.stringMatching(/^a model of less than 4194304 bytes/),
    });
  });

  it('is not made where it answers otherwise', async () => {
    const ports = changing((report, request) => {
      if (request.probe.format !== 'ort') return report;
      const bytes = Buffer.from(report.answers, 'base64');
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 0x40, bytes.length - 1);
      return { ...report, answers: bytes.toString('base64') };
    });
    expect(await makeOrt(ports, await keep(wide, wideModel))).toEqual({
      reason: expect.stringMatching(/^not proven equal: output 'y' of call \d+: element \d+/),
    });
  });

  it('is not made where nothing was answered', async () => {
    const ports = changing((report) => ({ ...report, answers: '' }));
    expect(await makeOrt(ports, await keep(wide, wideModel))).toEqual({
      reason: 'not proven equal: no call was answered',
    });
  });

  it('is not made where it loads hardly faster', async () => {
    const ports = changing((report) => ({ ...report, loadMs: 10 }));
    expect(await makeOrt(ports, await keep(wide, wideModel))).toEqual({ reason: 'it loads hardly faster' });
  });

  it('is not made of other bytes that were sent to the form', async () => {
    const ports = place.productPorts();
    let key = '';
    const quarantine = {
      ...ports.quarantine,
      form: (name: string, limits: Parameters<typeof ports.quarantine.form>[1]) => {
        key = name;
        return ports.quarantine.form(name, limits);
      },
    };
    const probe = async (request: ProbeRequest) => {
      const report = await ports.probe(request);
      const other = Buffer.from('GIF89a, and no model');
      if (request.probe.ort) await ports.quarantine.write(key, other, sha256Of(other));
      return report;
    };
    expect(await makeOrt({ ...ports, quarantine, probe }, await keep(wide, wideModel))).toEqual({
      reason: 'what onnxruntime wrote is no file of its format',
    });
  });
});

describe('the form that a file leaves by', () => {
  it('takes one key and a bounded size', async () => {
    const { quarantine } = place.productPorts();
    const { url, fields } = await quarantine.form('candidates/some', { sizeBytes: 100, lifeSeconds: 60 });
    const send = async (bytes: Uint8Array, change: Record<string, string> = {}) => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ ...fields, ...change })) form.append(name, value);
      form.append('file', new Blob([Buffer.from(bytes)]), 'model');
      const answer = await fetch(url, { method: 'POST', body: form });
      await answer.arrayBuffer();
      return answer.status;
    };
    expect(await send(Buffer.alloc(101))).toBe(400);
    expect(await send(Buffer.alloc(10), { key: 'candidates/other' })).toBe(403);
    expect(await send(Buffer.alloc(10), { key: 'uploads/other' })).toBe(403);
    expect(await send(Buffer.alloc(100))).toBe(204);
    expect(await quarantine.pin('candidates/some')).toMatchObject({ sizeBytes: 100, versionId: expect.any(String) });
  });
});

describe('the walk that renews', () => {
  const store = (pageItems?: number) => dynamoRenewal(place.client, place.table, pageItems);

  const publish = async (model: string, name: string) => {
    const subject = await keep(wide, wideModel);
    const version: Version = {
      model,
      version: name,
      ownerAccountId: 'acc_acme',
      state: 'validated',
      files: [{ path: 'model.onnx', sizeBytes: 1, sha256: '1'.repeat(64) }],
      batchInput: undefined,
      uploads: [{ kind: 'form', key: 'uploads/1' }],
      pinnedVersionIds: ['v'],
      validated: { ...subject, envelope: { peakBytes: 1, loadMs: 1, runMs: 1 }, lane: 'run-2gib', products: [] },
      rejection: undefined,
      revision: 1,
      createdAtMs: 1,
      updatedAtMs: 2,
      publishedAtMs: undefined,
    };
    await place.versions.create({ version, idempotency: undefined, act: { by: PLATFORM }, nowMs: 1 });
    const answer = await place.call('POST', `/v1/models/${model}/versions/${name}/publish`, { who: 'acme' });
    expect(answer.status).toBe(200);
  };

  it('finds every published version once, however small its pages, and from any place on', async () => {
    for (const model of ['acme.first', 'acme.second']) {
      await place.call('POST', '/v1/models', { who: 'acme', body: newModel(model) });
      for (const name of ['1.0.0', '1.1.0']) await publish(model, name);
    }
    const all: string[] = [];
    const cursors: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await store(3).published(cursor);
      for (const entry of page.entries) {
        all.push(`${entry.model} ${entry.version}`);
        cursors.push(entry.cursor);
      }
      if (page.next === undefined) break;
      cursor = page.next;
    }
    expect([...all].sort()).toEqual(['acme.first 1.0.0', 'acme.first 1.1.0', 'acme.second 1.0.0', 'acme.second 1.1.0']);
    const rest = await store().published(cursors[1]);
    expect(rest.entries.map(({ model, version }) => `${model} ${version}`)).toEqual(all.slice(2));
  });

  it('is stored over the revision that was read alone', async () => {
    const state = { makers: 'm', cursor: 'c', finishedAtMs: undefined };
    expect(await store().read()).toBeUndefined();
    expect(await store().save({ ...state, revision: 1 })).toBe(true);
    expect(await store().save({ ...state, revision: 1 })).toBe(false);
    expect(await store().save({ ...state, finishedAtMs: 5, cursor: undefined, revision: 2 })).toBe(true);
    expect(await store().read()).toEqual({ makers: 'm', cursor: undefined, finishedAtMs: 5, revision: 2 });
    await place.client.delete({ TableName: place.table, Key: { pk: 'renewal', sk: 'walk' } });
  });

  it('makes the products that calls then find', async () => {
    const faults: unknown[] = [];
    const report = await renewVersions({
      renewal: store(3),
      versions: place.versions,
      makeProducts: makeProducts({
        ...quick(),
        holds: dynamoHolds(place.client, place.table),
        onDone: () => {},
        onFault: (_kind, fault) => void faults.push(fault),
      }),
      ...manifestPair(),
      rescan: async () => ({ scan: { scanner: '1', atMs: 1, warnings: [] } }),
      health: dynamoHealth(place.client, place.table),
      onBlocked: () => {},
      scanner: '1',
      checkManifest: async () => 'unsigned',
      onInvalid: () => {},
      remainingMs: () => 900_000,
      clock: Date.now,
    })();
    expect(faults).toEqual([]);
    expect(report).toEqual({ outcome: 'finished', versionCount: 4, renewedCount: 4 });
    const found = await place.published().resolve({ model: 'acme.second', reference: '1.1.0', accountId: 'acc_acme' });
    const kinds = found.products.map(({ kind }) => kind);
    expect(kinds).toContain('ort');
    const { body } = await place.call('GET', '/v1/models/acme.second/versions/1.1.0', { who: 'acme' });
    expect([...body.products, ...body.notMade].map(({ kind }: { kind: string }) => kind).sort()).toEqual([
      'flat',
      'ort',
    ]);
    expect(body.products[0]).not.toHaveProperty('key');
    expect(body.state).toBe('published');
  });
});
