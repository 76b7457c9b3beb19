// The registry over DynamoDB and S3: uploads, the way to a published version, and races.
import { randomBytes } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelScan } from '../../lambdas/registry/ports.ts';
import { rejectUnscanned, scanVersion } from '../../lambdas/registry/routes/scan-version.ts';
import type { Signature } from '../../lambdas/shared/onnx/signature.ts';
import { newModel } from '../support/registry-api.ts';
import { ARTIFACTS, type Form, type Place, sendForm, sha256Of, startPlace } from './registry-place.ts';

let place: Place;

beforeAll(async () => {
  place = await startPlace();
});

afterAll(() => place?.stop());

const signature: Signature = {
  inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 4], dims: ['n', 4] }],
  outputs: [{ name: 'y', datatype: 'INT64', shape: [-1], dims: [null] }],
};
const passing =
  (zipMaps = 0) =>
  (): ModelScan => ({
    push: () => {},
    finish: () => ({ ok: true, signature, zipMaps }),
  });
const envelope = { peakBytes: 100_000_000, loadMs: 5, runMs: 1 };
const smoke = async () => ({
  ok: true as const,
  outputs: [{ name: 'y', datatype: 'INT64' as const, shape: [-1] }],
  envelope,
});
const uncut = (model: Uint8Array) => model;

const call = (...args: Parameters<Place['call']>) => place.call(...args);
const unique = (word: string) => `${word}${randomBytes(4).toString('hex')}`;

const createDraft = async (who: string, model: string, version: string, bytes: Uint8Array, more: object = {}) => {
  await call('POST', '/v1/models', { who, body: newModel(model) });
  return call('POST', `/v1/models/${model}/versions`, {
    who,
    body: { version, files: [{ path: 'model.onnx', sizeBytes: bytes.length, sha256: sha256Of(bytes) }] },
    ...more,
  });
};

/** Up to `scanning`, with the model's bytes in quarantine. */
const submit = async (who: string, model: string, version: string, bytes = randomBytes(64)) => {
  const draft = await createDraft(who, model, version, bytes);
  expect(draft.status).toBe(201);
  expect(await sendForm(draft.body.uploads[0] as Form, bytes)).toBe(204);
  const completed = await call('POST', `/v1/models/${model}/versions/${version}/complete`, { who });
  expect(completed.status).toBe(202);
  return bytes;
};

const validate = async (model: string, version: string) =>
  scanVersion(place.scanPorts({ createScan: passing(), smoke, cutZipMaps: uncut }))({ model, version });

/** What a model and its first draft tell. */
const drafted = ['ModelCreated.v1', 'VersionCreated.v1'];

const outboxTypes = async (model: string) => {
  const pages = await Promise.all(
    [0, 1, 2, 3].map((shard) =>
      place.client.query({
        TableName: place.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': `outbox#${shard}` },
      }),
    ),
  );
  const items = pages.flatMap((page) => page.Items ?? []);
  return items
    .filter((item) => JSON.parse(item.detail).subject === model)
    .sort((a, b) => (a.sk < b.sk ? -1 : 1))
    .map((item) => item.detailType);
};

describe('the way of a version', () => {
  it('leads from a draft over the scan to a published version that a call finds', async () => {
    const model = 'acme.way';
    const bytes = await submit('acme', model, '1.0.0');
    expect(await validate(model, '1.0.0')).toEqual({ outcome: 'validated' });
    expect((await call('GET', `/v1/models/${model}`)).status).toBe(404);
    const published = await call('POST', `/v1/models/${model}/versions/1.0.0/publish`, { who: 'acme' });
    expect(published.status).toBe(200);
    expect(published.body).toMatchObject({
      state: 'published',
      signature: { ...signature, batchInput: 'X' },
      artifact: { sha256: sha256Of(bytes), sizeBytes: bytes.length },
      lane: 'run-2gib',
    });

    const found = await place.published().resolve({ model, reference: undefined, accountId: undefined });
    expect(found).toMatchObject({ model, version: '1.0.0', ownerAccountId: 'acc_acme', lane: 'run-2gib' });
    const artifact = await place.s3.send(new GetObjectCommand({ Bucket: ARTIFACTS, Key: found.artifact.key }));
    expect(sha256Of((await artifact.Body?.transformToByteArray()) ?? new Uint8Array())).toBe(sha256Of(bytes));
    expect((await call('GET', `/v1/models/${model}`)).body).toMatchObject({ latestVersion: '1.0.0' });
    expect(await outboxTypes(model)).toEqual([
      ...drafted,
      'VersionCompleted.v1',
      'VersionValidated.v1',
      'ModelPublished.v1',
    ]);
  });

  it('serves what was cut from a ZipMap under its own hash, and keeps the uploaded one', async () => {
    const model = 'acme.cut';
    const bytes = await submit('acme', model, '1.0.0');
    const shorter = bytes.subarray(0, 40);
    let scans = 0;
    const ports = place.scanPorts({
      // The upload ends in a ZipMap, what was made of it does not.
      createScan: () => passing(scans++ === 0 ? 1 : 0)(),
      cutZipMaps: (whole) => {
        expect(Buffer.from(whole)).toEqual(bytes);
        return shorter;
      },
      smoke: async (request) => {
        const body = Buffer.from(await (await fetch(request.url)).arrayBuffer());
        expect(body).toEqual(shorter);
        expect(request).toMatchObject({ sha256: sha256Of(shorter), sizeBytes: 40, signature: { batchInput: 'X' } });
        return smoke();
      },
    });
    expect(await scanVersion(ports)({ model, version: '1.0.0' })).toEqual({ outcome: 'validated' });
    const { body } = await call('GET', `/v1/models/${model}/versions/1.0.0`, { who: 'acme' });
    expect(body.files[0].sha256).toBe(sha256Of(bytes));
    expect(body.artifact).toEqual({ sha256: sha256Of(shorter), sizeBytes: 40 });
  });

  it('goes on after a crash at any step, and settles once', async () => {
    const model = 'acme.crash';
    await submit('acme', model, '1.0.0');
    const broken = place.scanPorts({
      createScan: passing(),
      cutZipMaps: uncut,
      smoke: async () => {
        throw new Error('the smoke function is away');
      },
    });
    await expect(scanVersion(broken)({ model, version: '1.0.0' })).rejects.toThrow('away');
    expect((await call('GET', `/v1/models/${model}/versions/1.0.0`, { who: 'acme' })).body.state).toBe('scanning');
    const ended = await Promise.all([validate(model, '1.0.0'), validate(model, '1.0.0'), validate(model, '1.0.0')]);
    expect(ended.map(({ outcome }) => outcome).sort()).toEqual(['skipped', 'skipped', 'validated']);
    expect(
      await rejectUnscanned(place.scanPorts({ createScan: passing(), cutZipMaps: uncut, smoke }))({
        model,
        version: '1.0.0',
      }),
    ).toEqual({ outcome: 'skipped' });
    expect(await outboxTypes(model)).toEqual([...drafted, 'VersionCompleted.v1', 'VersionValidated.v1']);
  });

  it('scans what was pinned, whatever was uploaded after', async () => {
    const model = 'acme.pinned';
    const bytes = randomBytes(32);
    const draft = await createDraft('acme', model, '1.0.0', bytes);
    const form = draft.body.uploads[0] as Form;
    await sendForm(form, bytes);
    await call('POST', `/v1/models/${model}/versions/1.0.0/complete`, { who: 'acme' });
    const { bucket = '', key } = form.fields;
    await place.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: randomBytes(32) }));
    expect(await validate(model, '1.0.0')).toEqual({ outcome: 'validated' });
    const { body } = await call('GET', `/v1/models/${model}/versions/1.0.0`, { who: 'acme' });
    const artifact = await place.s3.send(
      new GetObjectCommand({ Bucket: ARTIFACTS, Key: `sha256/${body.artifact.sha256}` }),
    );
    expect(Buffer.from((await artifact.Body?.transformToByteArray()) ?? [])).toEqual(bytes);
  });
});

describe('an upload that was completed', () => {
  it('is what was pinned, though the same is uploaded again', async () => {
    const model = 'acme.again-and-again';
    const bytes = randomBytes(32);
    const draft = await createDraft('acme', model, '1.0.0', bytes);
    const form = draft.body.uploads[0] as Form;
    await sendForm(form, bytes);
    await call('POST', `/v1/models/${model}/versions/1.0.0/complete`, { who: 'acme' });
    const pinned = (await place.versions.find(model, '1.0.0'))?.pinnedVersionIds;
    expect(await sendForm(form, bytes)).toBe(204);
    const again = await call('POST', `/v1/models/${model}/versions/1.0.0/complete`, { who: 'acme' });
    expect(again.status).toBe(202);
    expect((await place.versions.find(model, '1.0.0'))?.pinnedVersionIds).toEqual(pinned);
    expect(await validate(model, '1.0.0')).toEqual({ outcome: 'validated' });
  });

  it('is refused when it is gone, whatever lies in its place', async () => {
    const model = 'acme.gone';
    const bytes = randomBytes(32);
    const draft = await createDraft('acme', model, '1.0.0', bytes);
    const form = draft.body.uploads[0] as Form;
    await sendForm(form, bytes);
    await call('POST', `/v1/models/${model}/versions/1.0.0/complete`, { who: 'acme' });
    const [VersionId] = (await place.versions.find(model, '1.0.0'))?.pinnedVersionIds ?? [];
    const { bucket: Bucket = '', key: Key } = form.fields;
    await place.s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes }));
    await place.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    expect(await validate(model, '1.0.0')).toEqual({ outcome: 'rejected', rule: 'upload_gone' });
    const { body } = await call('GET', `/v1/models/${model}/versions/1.0.0`, { who: 'acme' });
    expect(body).toMatchObject({ state: 'rejected', rejection: { rule: 'upload_gone', path: 'model.onnx' } });
  });
});

describe('an upload', () => {
  it('is bound to its key and its size', async () => {
    const bytes = randomBytes(100);
    const draft = await createDraft('acme', 'acme.bound', '1.0.0', bytes);
    const form = draft.body.uploads[0] as Form;
    expect(form.fields['x-amz-checksum-sha256']).toBe(Buffer.from(sha256Of(bytes), 'hex').toString('base64'));
    expect(await sendForm(form, randomBytes(99))).toBe(400);
    expect(await sendForm(form, randomBytes(101))).toBe(400);
    expect(await sendForm({ ...form, fields: { ...form.fields, key: 'elsewhere' } }, bytes)).toBe(403);
    const other = { ...form.fields, 'x-amz-checksum-sha256': Buffer.alloc(32).toString('base64') };
    expect(await sendForm({ ...form, fields: other }, bytes)).toBe(403);
    const missing = await call('POST', '/v1/models/acme.bound/versions/1.0.0/complete', { who: 'acme' });
    expect(missing).toMatchObject({ status: 409, body: { code: 'upload_missing' } });
    expect(await sendForm(form, bytes)).toBe(204);
    const completed = await call('POST', '/v1/models/acme.bound/versions/1.0.0/complete', { who: 'acme' });
    const again = await call('POST', '/v1/models/acme.bound/versions/1.0.0/complete', { who: 'acme' });
    expect([completed.status, again.status]).toEqual([202, 202]);
    expect(again.body).toEqual(completed.body);
    expect(await outboxTypes('acme.bound')).toEqual([...drafted, 'VersionCompleted.v1']);
  });

  it('of other bytes of the same size ends rejected', async () => {
    const draft = await createDraft('acme', 'acme.swapped', '1.0.0', randomBytes(50));
    await sendForm(draft.body.uploads[0] as Form, randomBytes(50));
    // S3 itself refuses these bytes for their checksum, which the emulator does not look at: then the scan does.
    const completed = await call('POST', '/v1/models/acme.swapped/versions/1.0.0/complete', { who: 'acme' });
    expect(completed.status).toBe(202);
    expect(await validate('acme.swapped', '1.0.0')).toEqual({ outcome: 'rejected', rule: 'hash_mismatch' });
  });

  it('above 64 MiB goes in parts, whose ETags complete names', async () => {
    const bytes = Buffer.alloc(64 * 1_048_576 + 10, 7);
    const draft = await createDraft('acme', 'acme.large', '1.0.0', bytes);
    const [{ method, parts, partSizeBytes }] = draft.body.uploads;
    expect(method).toBe('PUT');
    expect(parts.map((part: { number: number }) => part.number)).toEqual([1, 2]);
    const etags: { number: number; etag: string }[] = [];
    for (const { number, url } of parts) {
      const body = bytes.subarray((number - 1) * partSizeBytes, number * partSizeBytes);
      const answer = await fetch(url, { method: 'PUT', body });
      expect(answer.status).toBe(200);
      etags.push({ number, etag: answer.headers.get('etag') ?? '' });
    }
    const path = '/v1/models/acme.large/versions/1.0.0/complete';
    const complete = (body?: unknown) => call('POST', path, { who: 'acme', body });
    expect(await complete()).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    const wrong = etags.map(({ number }) => ({ number, etag: `"${'0'.repeat(32)}"` }));
    expect(await complete({ uploads: [{ path: 'model.onnx', parts: wrong }] })).toMatchObject({
      status: 409,
      body: { code: 'upload_mismatch' },
    });
    expect((await complete({ uploads: [{ path: 'model.onnx', parts: etags }] })).status).toBe(202);
    expect(await validate('acme.large', '1.0.0')).toEqual({ outcome: 'validated' });
  });
});

describe('a draft announced again', () => {
  it('takes its file at the fresh address', async () => {
    const model = `acme.${unique('again')}`;
    const bytes = randomBytes(64);
    expect((await createDraft('acme', model, '1.0.0', bytes, { headers: { 'idempotency-key': 'a' } })).status).toBe(
      201,
    );
    const again = await createDraft('acme', model, '1.0.0', bytes, { headers: { 'idempotency-key': 'b' } });
    expect(again.status).toBe(201);
    expect(await sendForm(again.body.uploads[0] as Form, bytes)).toBe(204);
    expect((await call('POST', `/v1/models/${model}/versions/1.0.0/complete`, { who: 'acme' })).status).toBe(202);
    expect((await createDraft('acme', model, '1.0.0', bytes)).body.code).toBe('version_exists');
  });

  it('begins forgotten parts anew, over the revision it read and no other', async () => {
    const model = `acme.${unique('anew')}`;
    await createDraft('acme', model, '1.0.0', randomBytes(64));
    const draft = await place.versions.find(model, '1.0.0');
    if (!draft) throw new Error('the draft must be there');
    const upload = { kind: 'parts', key: 'k', uploadId: 'u' } as const;
    const renewed = { ...draft, uploads: [upload], revision: draft.revision + 1 };
    expect(await place.versions.renew(renewed)).toBe(true);
    expect(await place.versions.renew(renewed)).toBe(false);
    expect(await place.versions.find(model, '1.0.0')).toMatchObject({ state: 'draft', uploads: [upload], revision: 2 });
  });
});

describe('at the same time', () => {
  it('of two who want one name, one gets it', async () => {
    const name = `acme.${unique('name')}`;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call('POST', '/v1/models', { who: 'acme', body: newModel(name) })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
  });

  it('one request made eight times under one key makes one version', async () => {
    const model = `acme.${unique('once')}`;
    await call('POST', '/v1/models', { who: 'acme', body: newModel(model) });
    const body = {
      version: '1.0.0',
      files: [{ path: 'model.onnx', sizeBytes: 3, sha256: sha256Of(Buffer.from('abc')) }],
    };
    const headers = { 'idempotency-key': unique('key') };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call('POST', `/v1/models/${model}/versions`, { who: 'acme', body, headers })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect(answers.filter(({ headers: told }) => told['idempotency-replayed'] === undefined)).toHaveLength(1);
    const keys = answers.map((answer) => answer.body.uploads[0].fields.key);
    expect(new Set(keys).size).toBe(1);
    const other = await call('POST', `/v1/models/${model}/versions`, {
      who: 'acme',
      body: { ...body, version: '1.0.1' },
      headers,
    });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });

  it('versions published in any order leave latest at the highest release', async () => {
    const model = `acme.${unique('race')}`;
    const names = ['1.0.0', '1.10.0', '1.9.0', '2.0.0-rc.1', '1.2.3'];
    for (const name of names) {
      await submit('acme', model, name);
      await validate(model, name);
    }
    const answers = await Promise.all(
      names.map((name) => call('POST', `/v1/models/${model}/versions/${name}/publish`, { who: 'acme' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    const alias = await call('GET', `/v1/models/${model}/aliases/latest`);
    expect(alias.body.targets).toEqual([{ version: '1.10.0', weight: 1, share: 1 }]);
    const list = await call('GET', `/v1/models/${model}/versions`, { query: 'limit=2' });
    const rest = await call('GET', `/v1/models/${model}/versions`, {
      query: `limit=100&cursor=${encodeURIComponent(list.body.next)}`,
    });
    const told = [...list.body.items, ...rest.body.items].map(({ version }: { version: string }) => version);
    expect(told).toEqual(['2.0.0-rc.1', '1.10.0', '1.9.0', '1.2.3', '1.0.0']);
    expect(rest.body.next).toBeNull();
    const models = place.published();
    const resolve = async (reference: string) =>
      (await models.resolve({ model, reference, accountId: undefined })).version;
    expect(await resolve('^1.2')).toBe('1.10.0');
    expect(await resolve('~1.9')).toBe('1.9.0');
    expect(await resolve('2.0.0-rc.1')).toBe('2.0.0-rc.1');
    await expect(resolve('^2')).rejects.toMatchObject({ code: 'version_not_found' });
  });
});

describe('a list', () => {
  it('pages over the catalogue and one’s own models without holes or doubles', async () => {
    const publisher = unique('list');
    const bytes = randomBytes(10);
    for (const name of ['alpha', 'beta', 'delta', 'gamma']) {
      await submit(publisher, `${publisher}.${name}`, '1.0.0', bytes);
      await validate(`${publisher}.${name}`, '1.0.0');
      if (name !== 'delta')
        await call('POST', `/v1/models/${publisher}.${name}/versions/1.0.0/publish`, { who: publisher });
    }
    await call('PATCH', `/v1/models/${publisher}.beta`, { who: publisher, body: { visibility: 'private' } });
    const walk = async (who: string | undefined, sort: string) => {
      const names: string[] = [];
      for (let cursor = ''; ; ) {
        const { body } = await call('GET', '/v1/models', {
          who,
          query: `publisher=${publisher}&limit=1&sort=${sort}${cursor && `&cursor=${cursor}`}`,
        });
        names.push(...body.items.map(({ name }: { name: string }) => name.split('.')[1]));
        if (body.next === null) return names;
        cursor = encodeURIComponent(body.next);
      }
    };
    expect(await walk(publisher, 'name')).toEqual(['alpha', 'beta', 'delta', 'gamma']);
    expect(await walk(publisher, '-name')).toEqual(['gamma', 'delta', 'beta', 'alpha']);
    expect(await walk(undefined, 'name')).toEqual(['alpha', 'gamma']);
    expect(await walk('someone', '-name')).toEqual(['gamma', 'alpha']);
  });
});
