import { beforeEach, describe, expect, it } from 'vitest';
import { checkManifest } from '../../../lambdas/registry/check-manifest.ts';
import { PLATFORM } from '../../../lambdas/registry/ports/act.ts';
import type { Validated, Version } from '../../../lambdas/registry/ports.ts';
import { publishedModels } from '../../../lambdas/registry/published-models.ts';
import { requireManifest } from '../../../lambdas/registry/require-manifest.ts';
import { signManifest } from '../../../lambdas/registry/routes/sign-manifest.ts';
import { manifestPair } from '../../support/manifest-keys.ts';
import { newModel, registryApi } from '../../support/registry-api.ts';
import { memoryRegistry, validated } from './memory-registry.ts';

const pair = manifestPair();
const a = 'a'.repeat(64);
const b = 'b'.repeat(64);
const at = (sha256: string) => ({ key: `sha256/${sha256}`, sha256, sizeBytes: 3 });
const product = { kind: 'flat', ...at(b), madeBy: 'executor 1', rowLimit: 8 } as const;
const ports = { keys: pair.keys, unsignedUntilMs: 0, clock: () => 1 };

let version: Version & { readonly validated: Validated };

beforeEach(async () => {
  const unsigned: Version = {
    model: 'acme.iris',
    version: '1.0.0',
    ownerAccountId: 'acc_acme',
    state: 'published',
    files: [
      { path: 'model.onnx', sizeBytes: 3, sha256: a },
      { path: 'labels.txt', sizeBytes: 9, sha256: b },
    ],
    batchInput: undefined,
    uploads: [],
    pinnedVersionIds: ['v', 'w'],
    validated: { ...validated, artifact: at(a), products: [product] },
    rejection: undefined,
    revision: 1,
    createdAtMs: 1,
    updatedAtMs: 1,
    publishedAtMs: 1,
  };
  const facts = unsigned.validated as Validated;
  const manifest = await signManifest({ signer: pair.signer, scanner: '1', clock: () => 1_000 }, unsigned, facts);
  version = { ...unsigned, validated: { ...facts, manifest } };
});

const changed = (change: Partial<Validated>): Version => ({
  ...version,
  validated: { ...version.validated, ...change },
});

describe('a manifest', () => {
  it('proves the version that it was signed for', async () => {
    expect(await checkManifest(ports, version)).toBe('proven');
  });

  it('says nothing of what changes while the version is served', async () => {
    const later = changed({ envelope: { peakBytes: 9, loadMs: 9, runMs: 9 }, notMade: [] });
    expect(await checkManifest(ports, { ...later, state: 'deprecated', revision: 9, updatedAtMs: 9 })).toBe('proven');
  });

  it.each<[string, () => Version]>([
    ['another model’s', () => ({ ...version, model: 'acme.other' })],
    ['another version’s', () => ({ ...version, version: '1.0.1' })],
    ['another artifact’s', () => changed({ artifact: at(b) })],
    ['an artifact that lies elsewhere', () => changed({ artifact: { ...at(a), key: `sha256/${b}` } })],
    ['an artifact of another size', () => changed({ artifact: { ...at(a), sizeBytes: 4 } })],
    ['another product’s', () => changed({ products: [{ ...product, ...at(a) }] })],
    ['a product that lies elsewhere', () => changed({ products: [{ ...product, key: `sha256/${a}` }] })],
    ['a product for larger batches', () => changed({ products: [{ ...product, rowLimit: 9 }] })],
    ['one product more', () => changed({ products: [product, { ...product, kind: 'ort' }] })],
    ['another lane’s', () => changed({ lane: 'run-10gib' })],
    ['another signature’s', () => changed({ signature: { inputs: [], outputs: [] } })],
    ['another file’s', () => ({ ...version, files: version.files.map((file) => ({ ...file, sha256: a })) })],
    ['a file less', () => ({ ...version, files: version.files.slice(1) })],
    ['a later date', () => changed({ manifest: { ...version.validated.manifest, signedAtMs: 1_001 } as never })],
    ['another scanner’s', () => changed({ manifest: { ...version.validated.manifest, scanner: '2' } as never })],
    ['a cut signature', () => changed({ manifest: { ...version.validated.manifest, signature: 'MEU=' } as never })],
  ])('is not %s', async (_what, forged) => {
    expect(await checkManifest(ports, forged())).toBe('differs');
  });

  it('of a key that is not ours proves nothing', async () => {
    expect(await checkManifest({ ...ports, keys: manifestPair().keys }, version)).toBe('unknown_key');
  });

  it('may be missing of what is older than manifests, and for so long only', async () => {
    const unsigned = changed({ manifest: undefined });
    expect(await checkManifest({ ...ports, unsignedUntilMs: 2 }, unsigned)).toBe('unsigned');
    expect(await checkManifest({ ...ports, unsignedUntilMs: 1 }, unsigned)).toBe('missing');
  });
});

describe('a version that is called', () => {
  const told: object[] = [];
  const registry = memoryRegistry();
  let nowMs = 10_000;
  let failing: Error | undefined;
  const models = publishedModels({
    ...registry,
    clock: () => nowMs,
    requireManifest: requireManifest({
      ...ports,
      keys: {
        all: async () => {
          if (failing) throw failing;
          return pair.keys.all();
        },
      },
      onInvalid: (figures) => void told.push(figures),
    }),
  });
  const resolve = (toUse: boolean) =>
    models.resolve({ model: 'acme.iris', reference: '1.0.0', accountId: 'acc_acme', toUse });
  const call = registryApi({ ...registry, manifestKeys: pair.keys });

  it('is proven, told of with its manifest, and refused once it is another', async () => {
    await call('POST', '/v1/models', { who: 'acme', body: newModel('acme.iris') });
    const model = await registry.models.find('acme.iris');
    if (!model) throw new Error('the model must be there');
    const published = { ...model, latestVersion: '1.0.0', publishedCount: 1, revision: model.revision + 1 };
    await registry.models.change(published, { changed: [], act: { by: PLATFORM } });
    await registry.versions.create({ version, idempotency: undefined, act: { by: PLATFORM }, nowMs });

    failing = new Error('KMS is away');
    await expect(resolve(true)).rejects.toThrow('KMS is away');
    failing = undefined;
    expect(await resolve(true)).toMatchObject({ version: '1.0.0', artifact: at(a) });
    const { status, body } = await call('GET', '/v1/models/acme.iris/versions/1.0.0/manifest');
    expect(status).toBe(200);
    expect(body.signatures).toEqual([{ keyid: pair.keyId, sig: version.validated.manifest?.signature }]);
    expect(JSON.parse(Buffer.from(body.payload, 'base64').toString())).toMatchObject({
      model: 'acme.iris',
      files: version.files,
      artifact: { sha256: a, sizeBytes: 3 },
      createdAt: '1970-01-01T00:00:01.000Z',
    });
    const keys = await call('GET', '/v1/manifest-keys');
    expect(keys.body.keys).toMatchObject([{ kid: pair.keyId, alg: 'ES256' }]);

    registry.settleAs('acme.iris', '1.0.0', { validated: { ...version.validated, artifact: at(b) } });
    nowMs += 10_000;
    // Whoever only looks at it is told of it as ever.
    expect(await resolve(false)).toMatchObject({ version: '1.0.0' });
    await expect(resolve(true)).rejects.toMatchObject({ code: 'manifest_invalid' });
    await expect(resolve(true)).rejects.toMatchObject({ code: 'manifest_invalid' });
    const one = { model: 'acme.iris', version: '1.0.0', verdict: 'differs' };
    expect(told).toEqual([one, one]);
  });

  it('has no manifest before it is validated', async () => {
    registry.settleAs('acme.iris', '1.0.0', { validated: undefined });
    const { status, body } = await call('GET', '/v1/models/acme.iris/versions/1.0.0/manifest');
    expect([status, body.code]).toEqual([404, 'manifest_not_found']);
  });
});
