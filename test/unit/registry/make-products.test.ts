// Which products are made when, and what becomes of failures; the makers themselves have tests of their own.
import { describe, expect, it } from 'vitest';
import { ONNXRUNTIME_VERSION } from '../../../lambdas/inference/contract.ts';
import { productsDue, withMade } from '../../../lambdas/registry/domain/products-due.ts';
import { makeProducts, makers } from '../../../lambdas/registry/routes/make-products.ts';
import { FLAT_FORM_VERSION } from '../../../lambdas/shared/executor/flat-form.ts';
import type { Signature } from '../../../lambdas/shared/onnx/signature.ts';
import packageFile from '../../../node_modules/onnxruntime-node/package.json' with { type: 'json' };

const file = { key: 'sha256/1', sha256: '1'.repeat(64), sizeBytes: 1 };
const flat = { kind: 'flat', ...file, ...makers.flat, rowLimit: 64 } as const;
const noOrt = { kind: 'ort', ...makers.ort, reason: 'small' } as const;

describe('a product', () => {
  it.each([
    { why: 'nothing was tried', made: { products: [] }, due: ['flat', 'ort'] },
    { why: 'all was', made: { products: [flat], notMade: [noOrt] }, due: [] },
    { why: 'one was', made: { products: [flat] }, due: ['ort'] },
    {
      why: 'another made it',
      made: { products: [{ ...flat, madeBy: 'executor 0' }], notMade: [noOrt] },
      due: ['flat'],
    },
    {
      why: 'it was compared with another runtime',
      made: { products: [{ ...flat, against: 'onnxruntime-node 1.0.0' }], notMade: [noOrt] },
      due: ['flat'],
    },
    {
      why: 'another gave up on it',
      made: { products: [flat], notMade: [{ ...noOrt, madeBy: 'onnxruntime-node 1.0.0' }] },
      due: ['ort'],
    },
  ])('is due where $why: $due', ({ made, due }) => {
    expect(productsDue(made, makers)).toEqual(due);
  });

  it('takes the place of what there was of its kind, and of nothing else', () => {
    const old = { products: [{ ...flat, madeBy: 'executor 0' }], notMade: [noOrt] };
    expect(withMade(old, { products: [flat] })).toEqual({ products: [flat], notMade: [noOrt] });
    const refusal = { kind: 'flat', ...makers.flat, reason: 'no' } as const;
    expect(withMade(old, { products: [], notMade: [refusal] })).toEqual({ products: [], notMade: [noOrt, refusal] });
  });

  it('says what made it, in the words that whoever uses it looks for', () => {
    expect(makers.flat.madeBy).toBe(`executor ${FLAT_FORM_VERSION}`);
    expect(ONNXRUNTIME_VERSION).toBe(packageFile.version);
    expect(makers.ort.madeBy).toBe(`onnxruntime-node ${packageFile.version}`);
  });
});

describe('making products', () => {
  const signature: Signature = { inputs: [], outputs: [] };
  const away = () => {
    throw new Error('away');
  };
  const world = (sizeBytes: number) => {
    const told: unknown[] = [];
    const run = makeProducts({
      artifacts: { keep: away, read: away, write: away, presign: away },
      quarantine: { read: away, write: away, presign: away, form: away, pin: away },
      holds: { hold: async () => true },
      probe: away,
      smokeLimits: { memoryBytes: 1, timeoutMs: 1 },
      clock: () => 0,
      onDone: (figures) => void told.push(figures),
      onFault: (kind, fault) => void told.push([kind, fault instanceof Error && fault.message]),
    });
    const subject = { signature, artifact: { ...file, sizeBytes }, products: [] };
    return { told, run: (made: object = {}) => run({ ...subject, ...made }, { model: 'acme.iris', version: '1.0.0' }) };
  };

  it('leaves out what fails on our side, to be made later, and tells of it', async () => {
    const { told, run } = world(5_000_000);
    expect(await run()).toEqual({ products: [], notMade: [] });
    expect(told).toEqual([
      ['flat', 'away'],
      ['ort', 'away'],
    ]);
  });

  it('says why the model has none, on the version and in one line', async () => {
    const { told, run } = world(1_000_000_000);
    const { notMade = [] } = await run();
    expect(notMade).toEqual([
      { kind: 'flat', ...makers.flat, reason: expect.stringMatching(/^a model of 1000000000 bytes/) },
      { kind: 'ort', ...makers.ort, reason: expect.stringMatching(/^a model of 1000000000 bytes/) },
    ]);
    expect(told).toEqual(
      notMade.map(({ kind, reason }) => ({ product: kind, artifact: file.sha256, made: false, reason })),
    );
  });

  it('makes nothing that is not due', async () => {
    const { told, run } = world(1);
    expect(await run({ products: [flat], notMade: [noOrt] })).toEqual({ products: [flat], notMade: [noOrt] });
    expect(told).toEqual([]);
  });
});
