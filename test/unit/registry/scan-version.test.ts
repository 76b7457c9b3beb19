import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ProbeReport, ProbeRequest, SmokeReport, SmokeRequest } from '../../../lambdas/inference/contract.ts';
import { PLATFORM } from '../../../lambdas/registry/ports/act.ts';
import type { Candidate, ScanReport, Version } from '../../../lambdas/registry/ports.ts';
import type { MakeProducts } from '../../../lambdas/registry/routes/make-products.ts';
import { CUT_LIMIT_BYTES } from '../../../lambdas/registry/routes/rewrite-model.ts';
import {
  rejectUnscanned,
  type ScanPorts,
  scanVersion,
  smokeLimits,
} from '../../../lambdas/registry/routes/scan-version.ts';
import type { Signature } from '../../../lambdas/shared/onnx/signature.ts';
import { manifestPair } from '../../support/manifest-keys.ts';
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts';

const GIB = 1_073_741_824;
const bytes = Buffer.from('the bytes of a model');
const sha256Of = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const target = { model: 'acme.iris', version: '1.0.0' };
const signature: Signature = {
  inputs: [
    { name: 'X', datatype: 'FP32', shape: [-1, 4], dims: ['n', 4] },
    { name: 'fixed', datatype: 'FP32', shape: [1], dims: [1] },
  ],
  outputs: [{ name: 'y', datatype: 'INT64', shape: [-1, -1], dims: ['n', null] }],
};

const pair = manifestPair();
let registry: MemoryRegistry;
let world: {
  object: Buffer;
  report: (scans: number) => ScanReport;
  smoke: (request: SmokeRequest) => Promise<SmokeReport>;
  probe: (request: ProbeRequest) => Promise<ProbeReport>;
  cut: Buffer;
  kept: [string, Candidate][];
  held: string[];
  written: string[];
  tried: SmokeRequest[];
  make: MakeProducts;
};

const passed = (zipMaps = 0): ScanReport => ({ ok: true, signature, zipMaps });
const ran = (peakBytes: number): SmokeReport => ({
  ok: true,
  outputs: [{ name: 'y', datatype: 'INT64', shape: [-1, 3] }],
  envelope: { peakBytes, loadMs: 2, runMs: 1 },
});

beforeEach(() => {
  registry = memoryRegistry();
  world = {
    object: bytes,
    report: () => passed(),
    smoke: async () => ran(GIB),
    probe: async () => ({ ok: false, rule: 'crashed', message: 'no word' }),
    cut: Buffer.from('cut'),
    kept: [],
    held: [],
    written: [],
    tried: [],
    make: async () => ({ products: [] }),
  };
});

const ports = (): ScanPorts => {
  let scans = 0;
  return {
    versions: registry.versions,
    quarantine: {
      read: async function* () {
        yield world.object.subarray(0, 5);
        yield world.object.subarray(5);
      },
      write: async (key) => void world.written.push(key),
      presign: async (key) => `https://quarantine.example/${key}`,
    },
    holds: { hold: async (key) => world.held.push(key) > 0 },
    artifacts: {
      keep: async (candidate, key) => void world.kept.push([key, candidate]),
      write: async (key) => void world.written.push(key),
    },
    probe: (request) => world.probe(request),
    smokeLimits: smokeLimits(3008),
    smoke: (request) => {
      world.tried.push(request);
      return world.smoke(request);
    },
    createScan: () => {
      const turn = scans++;
      return { push: () => {}, finish: () => world.report(turn) };
    },
    cutZipMaps: () => world.cut,
    makeProducts: async (subject, holder) => world.make(subject, holder),
    signer: pair.signer,
    scanner: '1',
    clock: () => 2000,
  };
};

const startScanning = async (change: Partial<Version> = {}) => {
  const version: Version = {
    ...target,
    ownerAccountId: 'acc_acme',
    state: 'scanning',
    files: [{ path: 'model.onnx', sizeBytes: bytes.length, sha256: sha256Of(bytes) }],
    batchInput: undefined,
    uploads: [{ kind: 'form', key: 'uploads/1' }],
    pinnedVersionIds: ['object-version-1'],
    validated: undefined,
    rejection: undefined,
    revision: 2,
    createdAtMs: 1000,
    updatedAtMs: 1000,
    publishedAtMs: undefined,
    ...change,
  };
  await registry.versions.create({ version, idempotency: undefined, act: { by: PLATFORM }, nowMs: 1000 });
};
const stored = () => registry.versions.find(target.model, target.version);

describe('the scan of a version', () => {
  it('validates what passes, with a sharper signature, its lane and its artifact', async () => {
    await startScanning();
    expect(await scanVersion(ports())(target)).toEqual({ outcome: 'validated' });
    const artifact = { key: `sha256/${sha256Of(bytes)}`, sha256: sha256Of(bytes), sizeBytes: bytes.length };
    expect(await stored()).toMatchObject({
      state: 'validated',
      updatedAtMs: 2000,
      validated: {
        artifact,
        lane: 'run-2gib',
        products: [],
        envelope: { peakBytes: GIB },
        signature: { batchInput: 'X', outputs: [{ shape: [-1, 3], dims: ['n', 3] }] },
      },
    });
    expect(world.tried).toMatchObject([{ url: 'https://quarantine.example/uploads/1', sha256: artifact.sha256 }]);
    expect(world.held).toEqual([artifact.key]);
    expect(world.kept).toMatchObject([[artifact.key, { key: 'uploads/1', versionId: 'object-version-1' }]]);
    expect(registry.events).toEqual(['VersionValidated.v1 acme.iris 1.0.0']);
  });

  it.each([
    { peakBytes: 1.2 * GIB, lane: 'run-2gib' },
    { peakBytes: 1.2 * GIB + 1, lane: 'run-10gib' },
    { peakBytes: 8 * GIB, lane: 'run-10gib' },
  ])('chooses $lane for $peakBytes bytes', async ({ peakBytes, lane }) => {
    await startScanning();
    world.smoke = async () => ran(peakBytes);
    await scanVersion(ports())(target);
    expect((await stored())?.validated?.lane).toBe(lane);
  });

  it.each<{ why: string; rule: string; arrange: () => void; change?: Partial<Version> }>([
    { why: 'other bytes than announced', rule: 'hash_mismatch', arrange: () => (world.object = Buffer.from('other')) },
    {
      why: 'what the scanner refuses',
      rule: 'external_data',
      arrange: () => {
        const rejection = { rule: 'external_data', message: 'no', path: 'graph.initializer[0]', offset: 7 };
        world.report = () => ({ ok: false, rejection });
      },
    },
    { why: 'an unknown batch input', rule: 'batch_input', arrange: () => {}, change: { batchInput: 'Z' } },
    { why: 'a batch input of fixed size', rule: 'batch_input', arrange: () => {}, change: { batchInput: 'fixed' } },
    {
      why: 'what fails when tried',
      rule: 'run_failed',
      arrange: () => (world.smoke = async () => ({ ok: false, rule: 'run_failed', message: 'no' })),
    },
    { why: 'too much memory', rule: 'too_much_memory', arrange: () => (world.smoke = async () => ran(8 * GIB + 1)) },
    {
      why: 'a signature beyond all measure',
      rule: 'signature_too_large',
      arrange: () => {
        const input = { name: 'x'.repeat(500), datatype: 'FP32' as const, shape: [1], dims: [1] };
        world.report = () => ({ ok: true, signature: { ...signature, inputs: Array(300).fill(input) }, zipMaps: 0 });
      },
    },
  ])('rejects $why with the rule $rule, and keeps nothing', async ({ rule, arrange, change = {} }) => {
    arrange();
    await startScanning(change);
    expect(await scanVersion(ports())(target)).toEqual({ outcome: 'rejected', rule });
    expect(await stored()).toMatchObject({ state: 'rejected', rejection: { rule, path: 'model.onnx' } });
    expect(world.kept).toEqual([]);
    expect(registry.events).toEqual(['VersionRejected.v1 acme.iris 1.0.0']);
  });

  it('says where in file and graph the scanner stopped, and tries nothing then', async () => {
    const rejection = { rule: 'external_data', message: 'no', path: 'graph.initializer[0]', offset: 7 };
    world.report = () => ({ ok: false, rejection });
    await startScanning();
    await scanVersion(ports())(target);
    expect((await stored())?.rejection).toEqual({
      rule: 'external_data',
      message: 'no',
      path: 'model.onnx',
      element: 'graph.initializer[0]',
      offset: 7,
    });
    expect(world.tried).toEqual([]);
  });

  it('does nothing to a version that is not being scanned', async () => {
    expect(await scanVersion(ports())(target)).toEqual({ outcome: 'skipped' });
    await startScanning({ state: 'rejected' });
    expect(await scanVersion(ports())(target)).toEqual({ outcome: 'skipped' });
    expect(await rejectUnscanned(ports())(target)).toEqual({ outcome: 'skipped' });
    expect(world.tried).toEqual([]);
  });

  it('leaves the version as it is when something fails on our side', async () => {
    await startScanning();
    world.smoke = async () => {
      throw new Error('away');
    };
    await expect(scanVersion(ports())(target)).rejects.toThrow('away');
    expect((await stored())?.state).toBe('scanning');
    expect(await rejectUnscanned(ports())(target)).toEqual({ outcome: 'rejected', rule: 'scan_failed' });
  });
});

describe('a model that ends in a ZipMap', () => {
  beforeEach(() => {
    world.report = (turn) => passed(turn === 0 ? 1 : 0);
  });

  it('is tried and kept as what was cut from it', async () => {
    await startScanning();
    await scanVersion(ports())(target);
    const sha256 = sha256Of(world.cut);
    expect(world.written.slice(0, 1)).toEqual([`candidates/acc_acme/acme.iris/1.0.0/${sha256}`]);
    expect(world.tried).toMatchObject([{ sha256, sizeBytes: 3, url: expect.stringContaining('candidates/') }]);
    expect(await stored()).toMatchObject({
      files: [{ sha256: sha256Of(bytes) }],
      validated: { artifact: { sha256, sizeBytes: 3 } },
    });
  });

  it('is our fault when the cut one does not pass the scan', async () => {
    world.report = () => passed(1);
    await startScanning();
    await expect(scanVersion(ports())(target)).rejects.toThrow(/must pass the scan/);
    expect(world.tried).toEqual([]);
  });

  it('is rejected when it is too large to be held in memory', async () => {
    // Reading is simulated by a port that counts: the file itself would not fit a test.
    const sizeBytes = CUT_LIMIT_BYTES + 1;
    const chunk = Buffer.alloc(16 * 1_048_576);
    const hash = createHash('sha256');
    const pieces = () =>
      Array.from({ length: Math.ceil(sizeBytes / chunk.length) }, (_, index) =>
        chunk.subarray(0, Math.min(chunk.length, sizeBytes - index * chunk.length)),
      );
    for (const piece of pieces()) hash.update(piece);
    await startScanning({ files: [{ path: 'model.onnx', sizeBytes, sha256: hash.digest('hex') }] });
    const base = ports();
    const quarantine = {
      ...base.quarantine,
      read: async function* () {
        yield* pieces();
      },
    };
    expect(await scanVersion({ ...base, quarantine })(target)).toEqual({
      outcome: 'rejected',
      rule: 'zip_map_too_large',
    });
  });
});
