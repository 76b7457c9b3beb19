// onnxruntime itself, on one thread, in the executor's terms: what compiled models are proven against.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ExecutorTensor } from '../../lambdas/shared/executor/executor-tensor.ts';
import type { Runner } from '../../lambdas/shared/executor/prove/prove-executor.ts';

const types = {
  FP32: 'float32',
  FP64: 'float64',
  INT64: 'int64',
  INT32: 'int32',
  BOOL: 'bool',
  BYTES: 'string',
} as const;
type Datatype = keyof typeof types;

export interface OnnxruntimeRunner {
  readonly run: Runner;
  release(): Promise<void>;
}

export const onnxruntimeRunner = async (model: Uint8Array): Promise<OnnxruntimeRunner> => {
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  return {
    run: async (inputs, outputNames) => {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, { datatype, data, shape }]) => [
          name,
          new Tensor(types[datatype], data as Float32Array, [...shape]),
        ]),
      );
      const results = await session.run(feeds, [...outputNames]);
      return outputNames.map((name) => fromTensor(results[name] as Tensor));
    },
    release: () => session.release(),
  };
};

const fromTensor = ({ type, data, dims }: Tensor): ExecutorTensor => {
  const datatype = (Object.keys(types) as Datatype[]).find((one) => types[one] === type);
  if (!datatype) throw new Error(`an output of type ${type}`);
  return { datatype, shape: [...dims], data } as ExecutorTensor;
};
