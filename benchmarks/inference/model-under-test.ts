// A model as it is published, and its callers' requests: made from a seed, another one for each call.
import { createHash } from 'node:crypto';
import type { InferenceSession } from 'onnxruntime-common';
import type { ArtifactStore } from '../../lambdas/inference/ports.ts';
import type { Product, PublishedVersion } from '../../lambdas/registry/contract.ts';
import { compileModel } from '../../lambdas/shared/executor/compile/compile-model.ts';
import { FLAT_MAKER } from '../../lambdas/shared/executor/flat-form.ts';
import type { BenchModel } from '../models.ts';
import { normal } from '../seeded.ts';

const SEED = 11;

export interface ModelUnderTest {
  readonly version: PublishedVersion;
  /** Has its compiled form. */
  readonly artifacts: Pick<ArtifactStore, 'read'>;
  /** Rows of the input, one a request. */
  readonly rows: readonly Float32Array[];
  /** The requests' bodies. */
  readonly texts: readonly string[];
}

export const modelUnderTest = (model: BenchModel, poolSize: number): ModelUnderTest => {
  const compiled = compileModel(model.onnx);
  if (!compiled.supported) throw new Error(`${model.name} is not compiled: ${compiled.reason}`);
  const { bytes } = compiled;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const product: Product = {
    kind: 'flat',
    key: `sha256/${sha256}`,
    sha256,
    sizeBytes: bytes.length,
    madeBy: FLAT_MAKER,
    rowLimit: 64,
  };
  const draw = normal(SEED);
  const rows = Array.from({ length: poolSize }, () => Float32Array.from({ length: model.width }, draw));
  return {
    version: {
      model: 'acme.bench',
      version: '1.0.0',
      ownerAccountId: 'acc_01J9ZZZZZZZZZZZZZZZZZZZZZ1',
      visibility: 'public',
      summary: 'Measured',
      task: 'other',
      price: { perCallMicros: '200', perRowMicros: '10', version: 3 },
      signature: {
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, model.width], dims: ['n', model.width] }],
        outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, -1], dims: ['n', null] }],
      },
      artifact: { key: 'sha256/onnx', sha256: '0'.repeat(64), sizeBytes: model.onnx.length },
      lane: 'run-2gib',
      products: [product],
    },
    artifacts: { read: async () => bytes },
    rows,
    texts: rows.map((values) =>
      JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, model.width], data: [...values] }] }),
    ),
  };
};

/** Sums of the two may be rounded in another order; trees must be equal to the bit. */
const TOLERANCE = 1e-6;

/** @throws Error when an answer's first output is not the session's */
export const checkAnswer = async (
  { texts }: Pick<ModelUnderTest, 'texts'>,
  answer: (index: number) => Promise<string>,
  peer: (index: number) => Promise<InferenceSession.OnnxValueMapType>,
): Promise<void> => {
  for (let index = 0; index < Math.min(50, texts.length); index++) {
    const { outputs } = JSON.parse(await answer(index)) as { outputs: { name: string; data: number[] }[] };
    const { y } = (await peer(index)) as unknown as { y: { data: Float32Array } };
    const got = outputs[0]?.data ?? [];
    const differs = (value: number, at: number) =>
      !(Math.abs(value - (got[at] ?? Number.NaN)) <= TOLERANCE * Math.max(1, Math.abs(value)));
    if (got.length !== y.data.length || y.data.some(differs))
      throw new Error(`request ${index} is answered [${got}], session.run gives [${y.data}]`);
  }
};
