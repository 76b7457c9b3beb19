// What a repeated announcement of a draft answers, and how a list of long versions is cut into pages.
import { beforeEach, describe, expect, it } from 'vitest';
import { newModel, registryApi } from '../../support/registry-api.ts';
import { type MemoryRegistry, memoryRegistry, validated } from './memory-registry.ts';

let registry: MemoryRegistry;
let call: ReturnType<typeof registryApi>;

beforeEach(async () => {
  registry = memoryRegistry();
  call = registryApi(registry);
  await call('POST', '/v1/models', { who: 'acme', body: newModel('acme.iris') });
});

const sha256 = 'c'.repeat(64);
const newVersion = (version: string, more: object = {}) => ({
  version,
  files: [{ path: 'model.onnx', sizeBytes: 3, sha256 }],
  ...more,
});
const createVersion = (version: string, more: object = {}) =>
  call('POST', '/v1/models/acme.iris/versions', { who: 'acme', body: newVersion(version, more) });

describe('a draft announced again', () => {
  it('is told fresh addresses, if its file and batch input are the same and nothing was completed', async () => {
    const first = await createVersion('1.0.0', { batchInput: 'X' });
    const again = await createVersion('1.0.0', { batchInput: 'X' });
    const { uploads, ...draft } = first.body;
    expect(again).toMatchObject({ status: 201, body: { ...draft, uploads: [{ fields: uploads[0].fields }] } });
    const keyed = await call('POST', '/v1/models/acme.iris/versions', {
      who: 'acme',
      headers: { 'idempotency-key': 'k2' },
      body: newVersion('1.0.0', { batchInput: 'X' }),
    });
    expect(keyed.body.uploads).toMatchObject([{ fields: uploads[0].fields }]);
    for (const more of [
      {},
      { batchInput: 'Y' },
      { batchInput: 'X', files: [{ path: 'model.onnx', sizeBytes: 4, sha256 }] },
      { batchInput: 'X', files: [{ path: 'model.onnx', sizeBytes: 3, sha256: 'd'.repeat(64) }] },
    ])
      expect(await createVersion('1.0.0', more)).toMatchObject({
        status: 409,
        body: { code: 'version_exists' },
      });
    registry.settleAs('acme.iris', '1.0.0', { state: 'scanning' });
    const late = await createVersion('1.0.0', { batchInput: 'X' });
    expect(late).toMatchObject({ status: 409, body: { code: 'version_exists' } });
  });

  it('begins an upload in parts anew when S3 may have forgotten the first', async () => {
    const files = [{ path: 'model.onnx', sizeBytes: 2000, sha256 }];
    const keyOf = async () => (await registry.versions.find('acme.iris', '1.0.0'))?.uploads[0]?.key;
    await createVersion('1.0.0', { files });
    const first = await keyOf();
    expect((await createVersion('1.0.0', { files })).headers.etag).toBe('"1"');
    expect(await keyOf()).toBe(first);
    registry.settleAs('acme.iris', '1.0.0', { updatedAtMs: Date.now() - 25 * 3_600_000 });
    const renewed = await createVersion('1.0.0', { files });
    expect(renewed).toMatchObject({ status: 201, headers: { etag: '"3"' }, body: { uploads: [{ method: 'PUT' }] } });
    expect(await keyOf()).not.toBe(first);
    expect(registry.events).toEqual([]);
  });
});

describe('the list of versions', () => {
  it('ends a page before it outgrows an answer, however long the signatures are, and misses none', async () => {
    // Quotes and backslashes are written out once more on the way to the gateway.
    const name = '"\\'.repeat(30_000);
    const signature = { ...validated.signature, inputs: [{ ...validated.signature.inputs[0], name }] };
    const made = Array.from({ length: 60 }, (_, minor) => `1.${minor}.0`);
    for (const version of made) {
      await createVersion(version);
      registry.settleAs('acme.iris', version, { state: 'validated', validated: { ...validated, signature } });
    }
    const listed: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await call('GET', '/v1/models/acme.iris/versions', { who: 'acme', query: `limit=100${cursor}` });
      expect(page.status).toBe(200);
      expect(Buffer.byteLength(JSON.stringify(JSON.stringify(page.body)))).toBeLessThan(4_100_000);
      listed.push(...page.body.items.map(({ version }: { version: string }) => version));
      if (page.body.next === null) break;
      cursor = `&cursor=${page.body.next}`;
    }
    expect(listed).toEqual(made.reverse());
  });
});
