// A model's file from the catalogue to the disk: what it is, who may have it, whole and in parts, and how often it counts.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Description } from '../contract/description.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { type Answer, callApi, Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';
import { identityOf, tinyModel } from '../support/tiny-onnx.ts';

const bytes = Buffer.from(tinyModel(identityOf('FP32')));
const sha256 = createHash('sha256').update(bytes).digest('hex');
const description = new Description();

let cloud: Cloud;
let publisher: Person;
let consumer: Person;
let handle: string;

const pathOf = (name: string, reference = '1.0.0') =>
  `/v1/models/${handle}.${name}/versions/${reference}/files/model.onnx`;

const call = async (bearer: string | undefined, method: string, path: string, headers = {}): Promise<Answer> => {
  const answer = await callApi(cloud.apiUrl, bearer, method, path, undefined, headers);
  if (method !== 'HEAD') expect(description.faults(method, path, answer)).toEqual([]);
  return answer;
};

const downloadCount = async (name: string): Promise<number> =>
  (await call(undefined, 'GET', `/hf/api/models/${handle}/${name}`)).body.downloadsAllTime;

beforeAll(async () => {
  cloud = await startCloud();
  [publisher, consumer] = await Promise.all([
    new Person(cloud, 'publisher').join(),
    new Person(cloud, 'consumer').join(),
  ]);
  handle = `files-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  await publisher.makeKey(['models:read', 'models:write']);
  await consumer.makeKey(['models:read']);
  await Promise.all([
    publishModel(publisher, { name: `${handle}.free`, bytes }),
    publishModel(publisher, { name: `${handle}.hidden`, bytes }),
    publishModel(publisher, { name: `${handle}.sold`, bytes, price: { perCallMicros: '200', perRowMicros: '0' } }),
  ]);
  await publisher.byKey('PATCH', `/v1/models/${handle}.hidden`, { visibility: 'private' });
}, 120_000);

afterAll(() => cloud?.stop());

describe('a file of a published model', () => {
  it('is told by HEAD, on the wire too', async () => {
    const head = await call(undefined, 'HEAD', pathOf('free', 'latest'));
    expect(head.status).toBe(200);
    expect(Object.fromEntries(head.headers)).toMatchObject({
      etag: `"${sha256}"`,
      'accept-ranges': 'bytes',
      'content-length': String(bytes.length),
      'content-type': 'application/octet-stream',
      'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
      'x-aimass-sha256': sha256,
      'x-aimass-version': '1.0.0',
    });
    const list = await call(undefined, 'GET', pathOf('free').replace('/model.onnx', ''));
    expect(list.body.items).toEqual([{ path: 'model.onnx', sizeBytes: bytes.length, sha256 }]);
  });

  it('is downloaded whole, as the file that was uploaded, under its own name', async () => {
    const { status, headers } = await call(undefined, 'GET', pathOf('free'));
    expect(status).toBe(302);
    const file = await fetch(headers.get('location') ?? '');
    expect(file.status).toBe(200);
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="model.onnx"');
    expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('goes on where it broke off, at an address of its own', async () => {
    const halves: Buffer[] = [];
    const middle = Math.floor(bytes.length / 2);
    for (const range of [`bytes=0-${middle - 1}`, `bytes=${middle}-`]) {
      const { headers } = await call(undefined, 'GET', pathOf('free'));
      const part = await fetch(headers.get('location') ?? '', { headers: { range } });
      expect(part.status).toBe(206);
      halves.push(Buffer.from(await part.arrayBuffer()));
      const end = range.endsWith('-') ? bytes.length - 1 : middle - 1;
      expect(part.headers.get('content-range')).toBe(`bytes ${range.slice(6).split('-')[0]}-${end}/${bytes.length}`);
    }
    expect(createHash('sha256').update(Buffer.concat(halves)).digest('hex')).toBe(sha256);
  });

  it('is followed by any client that follows redirections, with its range', async () => {
    const part = await fetch(`${cloud.apiUrl}${pathOf('free')}`, {
      headers: { range: 'bytes=1-4', authorization: `Bearer ${consumer.key}` },
    });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(1, 5))).toBe(true);
  });

  it('is not sent to who has it', async () => {
    const headers = { 'if-none-match': `"${sha256}"` };
    expect((await call(undefined, 'GET', pathOf('free'), headers)).status).toBe(304);
    expect((await call(undefined, 'HEAD', pathOf('free'), headers)).status).toBe(304);
    expect((await call(undefined, 'GET', pathOf('free'), { 'if-none-match': '"other"' })).status).toBe(302);
  });

  it('leads nowhere that could be changed into another file', async () => {
    const { headers } = await call(undefined, 'GET', pathOf('free'));
    const address = new URL(headers.get('location') ?? '');
    expect(address.searchParams.get('X-Amz-Expires')).toBe('300');
    expect(address.pathname).toContain(`/sha256/${sha256}`);
  });
});

describe('who may have it', () => {
  const codeOf = async (bearer: string | undefined, name: string) => {
    const { status, body } = await call(bearer, 'GET', pathOf(name));
    return status === 302 ? 'address' : body.code;
  };

  it.each([
    { name: 'free', nobody: 'address', stranger: 'address' },
    { name: 'sold', nobody: 'download_refused', stranger: 'download_refused' },
    { name: 'hidden', nobody: 'model_not_found', stranger: 'model_not_found' },
  ])('of a $name model: nobody $nobody, a stranger $stranger, its publisher the address', async (expected) => {
    const { name, nobody, stranger } = expected;
    expect(await codeOf(undefined, name)).toBe(nobody);
    expect(await codeOf(consumer.key, name)).toBe(stranger);
    expect(await codeOf(publisher.key, name)).toBe('address');
  });

  it('is decided by the publisher, from then on', async () => {
    const patch = (downloads: string | null) => publisher.byKey('PATCH', `/v1/models/${handle}.sold`, { downloads });
    expect((await patch('allowed')).body.downloads).toBe('allowed');
    expect(await codeOf(consumer.key, 'sold')).toBe('address');
    expect((await patch(null)).body.downloads).toBe('refused');
    expect(await codeOf(consumer.key, 'sold')).toBe('download_refused');
  });
});

describe('a download', () => {
  it('counts once a day for an account, once for all who are nobody, and never for the publisher or a look', async () => {
    const name = 'counted';
    await publishModel(publisher, { name: `${handle}.${name}`, bytes });
    const dayOf = () => new Date().toISOString().slice(0, 10);
    const day = dayOf();
    await call(publisher.key, 'GET', pathOf(name));
    await call(consumer.key, 'HEAD', pathOf(name));
    expect(await downloadCount(name)).toBe(0);
    await Promise.all(Array.from({ length: 4 }, () => call(consumer.key, 'GET', pathOf(name))));
    await call(consumer.key, 'GET', `/hf/${handle}/${name}/resolve/main/model.onnx`);
    // Where midnight came between, a second one is right.
    if (dayOf() === day) expect(await downloadCount(name)).toBe(1);
    await call(undefined, 'GET', pathOf(name));
    await call(undefined, 'GET', pathOf(name));
    if (dayOf() === day) expect(await downloadCount(name)).toBe(2);
    const { body } = await call(undefined, 'GET', `/hf/api/models/${handle}/${name}`);
    expect(body.downloads).toBe(body.downloadsAllTime);
  });
});
