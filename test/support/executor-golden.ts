// What Python's onnxruntime answered for every operator, as test/golden/executor/make-operators.py wrote it down.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import type { ExecutorTensor } from '../../lambdas/shared/executor/executor-tensor.ts';

const tensor = z.object({
  datatype: z.enum(['FP32', 'FP64', 'INT64', 'INT32', 'BOOL', 'BYTES']),
  shape: z.array(z.number()),
  /** Base64 of the elements; texts are plain. */
  data: z.string().optional(),
  texts: z.array(z.string()).optional(),
});

const golden = z.object({
  onnxruntime: z.string(),
  cases: z.array(
    z.object({
      name: z.string(),
      model: z.string(),
      runs: z.array(
        z.object({
          inputs: z.record(z.string(), tensor),
          outputs: z.record(z.string(), tensor).optional(),
          refuses: z.boolean().optional(),
        }),
      ),
    }),
  ),
});

export interface GoldenRun {
  readonly inputs: Readonly<Record<string, ExecutorTensor>>;
  /** Absent: the runtime refuses. */
  readonly outputs?: Readonly<Record<string, ExecutorTensor>>;
}

export interface GoldenCase {
  readonly name: string;
  readonly model: Uint8Array;
  readonly runs: readonly GoldenRun[];
}

const arrays = { FP32: Float32Array, FP64: Float64Array, INT64: BigInt64Array, INT32: Int32Array, BOOL: Uint8Array };

const toTensor = ({ datatype, shape, data = '', texts }: z.infer<typeof tensor>): ExecutorTensor => {
  if (datatype === 'BYTES') return { datatype, shape, data: texts ?? [] };
  const bytes = new Uint8Array(Buffer.from(data, 'base64'));
  return { datatype, shape, data: new arrays[datatype](bytes.buffer) } as ExecutorTensor;
};

const toTensors = (tensors: Readonly<Record<string, z.infer<typeof tensor>>>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, one]) => [name, toTensor(one)]));

export const goldenCases = (): readonly GoldenCase[] => {
  const file = new URL('../golden/executor/operators.json.gz', import.meta.url);
  const { cases } = golden.parse(JSON.parse(gunzipSync(readFileSync(file)).toString()));
  return cases.map(({ name, model, runs }) => ({
    name,
    model: new Uint8Array(Buffer.from(model, 'base64')),
    runs: runs.map(({ inputs, outputs }) => ({
      inputs: toTensors(inputs),
      ...(outputs ? { outputs: toTensors(outputs) } : {}),
    })),
  }));
};
