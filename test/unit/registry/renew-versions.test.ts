import { beforeEach, describe, expect, it } from 'vitest';
import { checkManifest } from '../../../lambdas/registry/check-manifest.ts';
import { PLATFORM } from '../../../lambdas/registry/ports/act.ts';
import type { RenewalState, RenewalStore } from '../../../lambdas/registry/ports/renewal.ts';
import type { Version } from '../../../lambdas/registry/ports.ts';
import { type MakeProducts, makers } from '../../../lambdas/registry/routes/make-products.ts';
import { type RenewPorts, renewVersions } from '../../../lambdas/registry/routes/renew-versions.ts';
import type { Rescan } from '../../../lambdas/registry/routes/rescan-version.ts';
import { manifestPair } from '../../support/manifest-keys.ts';
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts';

const HOUR_MS = 3_600_000;
const file = { key: `sha256/${'1'.repeat(64)}`, sha256: '1'.repeat(64), sizeBytes: 1 };
const made = {
  products: [{ kind: 'flat', ...file, ...makers.flat, rowLimit: 64 }],
  notMade: [{ kind: 'ort', ...makers.ort, reason: 'small' }],
} as const;
const old = { products: [{ ...made.products[0], madeBy: 'executor 0' }] };

let registry: MemoryRegistry;
let state: RenewalState | undefined;
let nowMs: number;
let remainingMs: () => number;
let make: MakeProducts;
let attempted: string[];
let invalid: object[];
let rescan: Rescan;

const pair = manifestPair();
const check = (version: Version) =>
  checkManifest({ keys: pair.keys, unsignedUntilMs: 2_000_000, clock: () => 1_000_000 }, version);

const names = ['1.0.0', '2.0.0', '3.0.0', '4.0.0'];

beforeEach(async () => {
  registry = memoryRegistry();
  state = undefined;
  nowMs = 1_000_000;
  remainingMs = () => 900_000;
  attempted = [];
  invalid = [];
  rescan = async () => ({ scan: { scanner: '1', atMs: nowMs, warnings: [] } });
  make = async () => made;
  for (const version of names) {
    const stored: Version = {
      model: 'acme.iris',
      version,
      ownerAccountId: 'acc_acme',
      state: 'published',
      files: [{ path: 'model.onnx', sizeBytes: 1, sha256: file.sha256 }],
      batchInput: undefined,
      uploads: [{ kind: 'form', key: 'uploads/1' }],
      pinnedVersionIds: ['v'],
      validated: {
        signature: { inputs: [{ name: version, datatype: 'FP32', shape: [], dims: [] }], outputs: [] },
        artifact: file,
        envelope: { peakBytes: 1, loadMs: 1, runMs: 1 },
        lane: 'run-2gib',
        ...old,
      },
      rejection: undefined,
      revision: 4,
      createdAtMs: 1,
      updatedAtMs: 2,
      publishedAtMs: 3,
    };
    await registry.versions.create({ version: stored, idempotency: undefined, act: { by: PLATFORM }, nowMs: 1 });
  }
});

/** Two a page; the cursor is the place in the list. */
const renewal: RenewalStore = {
  read: async () => state,
  save: async (next) => {
    if ((state?.revision ?? 0) !== next.revision - 1) return false;
    state = next;
    return true;
  },
  published: async (cursor) => {
    const from = Number(cursor ?? 0);
    const entries = names
      .slice(from, from + 2)
      .map((version, index) => ({ model: 'acme.iris', version, cursor: String(from + index + 1) }));
    return { entries, next: from + 2 < names.length ? String(from + 2) : undefined };
  },
};

const run = (change: Partial<RenewPorts> = {}) =>
  renewVersions({
    renewal,
    versions: registry.versions,
    makeProducts: (subject, holder) => {
      attempted.push(subject.signature.inputs[0]?.name ?? '');
      return make(subject, holder);
    },
    remainingMs: () => remainingMs(),
    signer: pair.signer,
    scanner: '1',
    rescan: (version) => rescan(version),
    health: registry.health,
    onBlocked: () => {},
    checkManifest: check,
    onInvalid: (figures) => void invalid.push(figures),
    clock: () => nowMs,
    ...change,
  })();

const stored = (version: string) => registry.versions.find('acme.iris', version);

describe('the walk over published versions', () => {
  it('makes what is due of each, over the revision that was read', async () => {
    expect(await run()).toEqual({ outcome: 'finished', versionCount: 4, renewedCount: 4 });
    for (const name of names) {
      expect(await stored(name)).toMatchObject({
        state: 'published',
        revision: 5,
        updatedAtMs: nowMs,
        validated: made,
      });
    }
    expect(registry.events).toEqual([]);
  });

  it('rests for a day, and then makes what failed on our side', async () => {
    make = async (subject) => (subject.signature.inputs[0]?.name === '2.0.0' ? old : made);
    expect(await run()).toEqual({ outcome: 'finished', versionCount: 4, renewedCount: 4 });
    // It is signed, with what there is.
    expect(await stored('2.0.0')).toMatchObject({ revision: 5, validated: old });
    nowMs += 23 * HOUR_MS;
    expect(await run()).toEqual({ outcome: 'resting', versionCount: 0, renewedCount: 0 });
    nowMs += HOUR_MS;
    make = async () => made;
    attempted = [];
    expect(await run()).toEqual({ outcome: 'finished', versionCount: 4, renewedCount: 1 });
    expect(attempted).toEqual(['2.0.0']);
  });

  it('begins anew when what makes products has changed', async () => {
    await run();
    state = { ...(state as RenewalState), makers: 'others' };
    expect(await run()).toMatchObject({ outcome: 'finished', versionCount: 4 });
  });

  it('ends with its time, and goes on where it was', async () => {
    remainingMs = () => (attempted.length < 3 ? 900_000 : 299_999);
    expect(await run()).toEqual({ outcome: 'goes_on', versionCount: 3, renewedCount: 3 });
    remainingMs = () => 900_000;
    attempted = [];
    expect(await run()).toEqual({ outcome: 'finished', versionCount: 1, renewedCount: 1 });
    expect(attempted).toEqual(['4.0.0']);
  });

  it('goes past a version on which a run died', async () => {
    make = async (subject) => {
      if (subject.signature.inputs[0]?.name === '2.0.0') throw new Error('the process ended');
      return made;
    };
    await expect(run()).rejects.toThrow('the process ended');
    expect(await run()).toEqual({ outcome: 'finished', versionCount: 2, renewedCount: 2 });
    expect(attempted).toEqual(['1.0.0', '2.0.0', '3.0.0', '4.0.0']);
  });

  it('keeps what another wrote meanwhile', async () => {
    make = async (subject) => {
      const name = subject.signature.inputs[0]?.name ?? '';
      registry.settleAs('acme.iris', name, { publishedAtMs: 99 });
      return made;
    };
    expect(await run()).toMatchObject({ renewedCount: 4 });
    expect(await stored('1.0.0')).toMatchObject({ publishedAtMs: 99, revision: 6, validated: made });
  });

  it('leaves what is not published alone', async () => {
    registry.settleAs('acme.iris', '3.0.0', { state: 'rejected' });
    expect(await run()).toMatchObject({ versionCount: 4, renewedCount: 3 });
    expect(attempted).not.toContain('3.0.0');
  });

  it('stops when another run walks at the same time', async () => {
    make = async () => {
      state = { ...(state as RenewalState), revision: 77 };
      return made;
    };
    await expect(run()).rejects.toThrow('another run walks at the same time');
  });

  it('signs what is older than manifests, though nothing is to be made, and then leaves it alone', async () => {
    await run();
    for (const name of names) expect(await check((await stored(name)) as Version)).toBe('proven');
    attempted = [];
    state = undefined;
    expect(await run()).toEqual({ outcome: 'finished', versionCount: 4, renewedCount: 0 });
    const { manifest: _, ...validated } = (await stored('1.0.0'))?.validated ?? {};
    registry.settleAs('acme.iris', '1.0.0', { validated: validated as Version['validated'] });
    state = undefined;
    expect(await run()).toEqual({ outcome: 'finished', versionCount: 4, renewedCount: 1 });
    expect(await check((await stored('1.0.0')) as Version)).toBe('proven');
    expect(attempted).toEqual([]);
  });

  it('signs a version with other products anew', async () => {
    await run();
    make = async () => ({ ...made, products: [{ ...made.products[0], rowLimit: 8 }] });
    const before = await stored('1.0.0');
    registry.settleAs('acme.iris', '1.0.0', {
      validated: { ...(before?.validated as NonNullable<Version['validated']>), notMade: [] },
    });
    state = undefined;
    expect(await run()).toMatchObject({ renewedCount: 1 });
    const after = (await stored('1.0.0')) as Version;
    expect(after.validated?.products).toMatchObject([{ rowLimit: 8 }]);
    expect(await check(after)).toBe('proven');
  });

  it('signs nothing that is not as it was signed', async () => {
    await run();
    const found = await stored('1.0.0');
    const validated = found?.validated as NonNullable<Version['validated']>;
    const artifact = { ...validated.artifact, sha256: '2'.repeat(64), key: `sha256/${'2'.repeat(64)}` };
    registry.settleAs('acme.iris', '1.0.0', { validated: { ...validated, artifact, products: [], notMade: [] } });
    const before = await stored('1.0.0');
    state = undefined;
    expect(await run()).toMatchObject({ outcome: 'finished', renewedCount: 0 });
    expect(await stored('1.0.0')).toEqual(before);
    expect(invalid).toEqual([{ model: 'acme.iris', version: '1.0.0', verdict: 'differs' }]);
  });
});
