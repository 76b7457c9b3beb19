// Models of many kinds and sizes, made from a seed, each with calls whose right answers are known: onnxruntime's own
// interface gave them, each in a session of its own, before anything was shared.
import { createRequire } from 'node:module';
import { mlp, trees } from '../../benchmarks/models.ts';
import { readStrings, type Tensor, writeStrings } from '../../lambdas/inference/domain/tensor.ts';
import { type Random, seededRandom } from '../../lambdas/shared/numeric/seeded-random.ts';
import { modelOf } from '../support/model-of.ts';

const { InferenceSession, Tensor: RuntimeTensor } = createRequire(import.meta.filename)(
  'onnxruntime-node',
) as typeof import('onnxruntime-node');

export interface SoakCall {
  readonly inputs: readonly Tensor[];
  readonly expected: readonly Tensor[];
}

export interface SoakModel {
  readonly kind: string;
  readonly onnx: Uint8Array;
  readonly outputs: readonly string[];
  readonly calls: readonly SoakCall[];
}

interface Made {
  readonly onnx: Uint8Array;
  readonly outputs: readonly string[];
  readonly inputsOf: (rowCount: number, random: Random) => readonly Tensor[];
}

const rowsOf =
  (width: number) =>
  (rowCount: number, random: Random): readonly Tensor[] => [
    {
      name: 'x',
      datatype: 'FP32',
      shape: [rowCount, width],
      data: new Uint8Array(Float32Array.from({ length: rowCount * width }, () => random.normal()).buffer),
    },
  ];

const words = ['red', 'green', 'blue', 'grün', '', '色', 'a longer text than the others'];

/** Kind → a model of that kind, its size and weights taken from the seed. */
const makers: Readonly<Record<string, (seed: number, random: Random) => Made>> = {
  mlp: (seed, random) => {
    const width = 4 + random.below(60);
    const { onnx, outputs } = mlp('mlp', [width, 16 << random.below(6), 64, 1 + random.below(9)], seed);
    return { onnx, outputs, inputsOf: rowsOf(width) };
  },
  trees: (seed, random) => {
    const width = 5 + random.below(40);
    const { onnx, outputs } = trees(
      'trees',
      { treeCount: 10 + random.below(90), depth: 3 + random.below(4), width },
      seed,
    );
    return { onnx, outputs, inputsOf: rowsOf(width) };
  },
  linear: (_, random) => {
    const width = 1 + random.below(200);
    const coefficients = Float32Array.from({ length: width }, () => random.normal());
    const attributes = { coefficients, intercepts: Float32Array.of(random.normal()) };
    const onnx = modelOf({
      inputs: [{ name: 'x', dims: ['n', width] }],
      outputs: [{ name: 'y', dims: ['n', 1] }],
      nodes: [{ op: 'LinearRegressor', domain: 'ai.onnx.ml', inputs: ['x'], outputs: ['y'], attributes }],
    });
    return { onnx, outputs: ['y'], inputsOf: rowsOf(width) };
  },
  strings: (_, random) => {
    const onnx = modelOf({
      inputs: [{ name: 's', type: 'BYTES', dims: ['n', 2] }],
      outputs: [
        { name: 'same', type: 'BYTES', dims: ['n', 2] },
        { name: 'number', type: 'INT64', dims: ['n', 2] },
      ],
      nodes: [
        { op: 'Identity', inputs: ['s'], outputs: ['same'] },
        {
          op: 'LabelEncoder',
          domain: 'ai.onnx.ml',
          inputs: ['s'],
          outputs: ['number'],
          attributes: { keys_strings: words, values_int64s: words.map(() => random.below(1_000)), default_int64: -1 },
        },
      ],
    });
    const inputsOf = (rowCount: number, draw: Random): readonly Tensor[] => {
      const texts = Array.from({ length: rowCount * 2 }, () => draw.pick([...words, `word ${draw.below(99)}`]));
      return [{ name: 's', datatype: 'BYTES', shape: [rowCount, 2], data: writeStrings(texts) }];
    };
    return { onnx, outputs: ['same', 'number'], inputsOf };
  },
};

/** Rows of the calls of each model. */
const batches = [1, 1, 2, 7, 64] as const;

/** @returns as many models, the kinds in turn */
export const makeSoakModels = async (count: number, seed: number): Promise<SoakModel[]> => {
  const kinds = Object.keys(makers);
  const models: SoakModel[] = [];
  for (let index = 0; index < count; index++) {
    const kind = kinds[index % kinds.length] ?? '';
    const random = seededRandom(seed * 100_003 + index);
    const made = makers[kind]?.(seed * 100_003 + index, random);
    if (made) models.push({ kind, onnx: made.onnx, outputs: made.outputs, calls: await callsOf(made, random) });
  }
  return models;
};

const callsOf = async ({ onnx, outputs, inputsOf }: Made, random: Random): Promise<SoakCall[]> => {
  const session = await InferenceSession.create(onnx, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const calls: SoakCall[] = [];
  for (const rowCount of batches) {
    const inputs = inputsOf(rowCount, random);
    const results = await session.run(Object.fromEntries(inputs.map(feedOf)), [...outputs]);
    calls.push({
      inputs,
      expected: outputs.map((name) => resultOf(name, results[name] as InstanceType<typeof RuntimeTensor>)),
    });
  }
  await session.release();
  return calls;
};

const feedOf = ({ name, datatype, shape, data }: Tensor) =>
  datatype === 'BYTES'
    ? ([name, new RuntimeTensor('string', readStrings(data), [...shape])] as const)
    : ([name, new RuntimeTensor('float32', new Float32Array(Uint8Array.from(data).buffer), [...shape])] as const);

const resultOf = (name: string, { type, dims, data }: InstanceType<typeof RuntimeTensor>): Tensor => {
  if (type === 'string') return { name, datatype: 'BYTES', shape: [...dims], data: writeStrings(data as string[]) };
  const { buffer, byteOffset, byteLength } = data as Float32Array | BigInt64Array;
  const bytes = Uint8Array.from(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
  return { name, datatype: type === 'int64' ? 'INT64' : 'FP32', shape: [...dims], data: bytes };
};
