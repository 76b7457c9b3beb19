// The one place that loads onnxruntime. Its faults are told apart: what it throws of a model or of inputs is the
// model's (ModelRefusal), all else is ours.
import { InferenceSession } from 'onnxruntime-node';
import type { Datatype } from '../../shared/onnx/signature.ts';
import { ModelRefusal } from '../domain/model-refusal.ts';
import { alignedBuffer, elementBytes, readStrings, type Tensor, writeStrings } from '../domain/tensor.ts';
import type { Runtime, RuntimeTensor, Session } from '../ports.ts';

const runtimeTypes = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
} as const satisfies Partial<Record<Datatype, string>>;

const elementArrays = {
  bool: Uint8Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** What the binding takes as a tensor; its own class refuses float16 on Node 24, whose Float16Array it does not expect. */
interface RuntimeValue {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
  readonly location: 'cpu';
}

const datatypeOf = (type: string): Datatype | undefined => {
  for (const [datatype, name] of Object.entries(runtimeTypes)) if (name === type) return datatype as Datatype;
  return undefined;
};

/** @param threadCount - for the operators of one run; 1 or more */
export const onnxruntime = ({ threadCount }: { threadCount: number }): Runtime => ({
  load: async (model) => {
    const session = await refusing(() =>
      InferenceSession.create(model, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threadCount,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        // Warnings of a publisher's graph are not for our log.
        logSeverityLevel: 4,
      }),
    );
    try {
      return toSession(session);
    } catch (fault) {
      await session.release();
      throw fault;
    }
  },
});

const refusing = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (fault) {
    throw new ModelRefusal(fault instanceof Error ? fault.message : String(fault));
  }
};

const toSession = (session: InferenceSession): Session => {
  const inputs = session.inputMetadata.map((metadata) => {
    const tensor = toRuntimeTensor(metadata);
    if (!tensor) throw new ModelRefusal(`input '${metadata.name}' must be a tensor of a supported type`);
    return tensor;
  });
  // An output that is no tensor can be left unasked: the others are served all the same.
  const outputs = session.outputMetadata.flatMap((metadata) => toRuntimeTensor(metadata) ?? []);
  return {
    inputs,
    outputs,
    run: async (tensors, outputNames) => {
      const feeds: Record<string, RuntimeValue> = Object.create(null);
      for (const tensor of tensors) feeds[tensor.name] = toRuntimeValue(tensor);
      const results = await refusing(() =>
        session.run(feeds as unknown as InferenceSession.FeedsType, [...outputNames]),
      );
      return outputNames.map((name) => fromRuntimeValue(name, results[name]));
    },
    release: () => session.release(),
  };
};

const toRuntimeTensor = (metadata: InferenceSession.ValueMetadata): RuntimeTensor | undefined => {
  const datatype = metadata.isTensor ? datatypeOf(metadata.type) : undefined;
  if (!metadata.isTensor || !datatype) return undefined;
  const shape = metadata.shape.map((size) => (typeof size === 'number' ? size : -1));
  return { name: metadata.name, datatype, shape };
};

const toRuntimeValue = ({ name, datatype, shape, data }: Tensor): RuntimeValue => {
  if (datatype === 'BF16') throw new ModelRefusal(`input '${name}' is BF16, which the runtime does not take`);
  const type = runtimeTypes[datatype];
  if (type === 'string') return { type, data: readStrings(data), dims: shape, location: 'cpu' };
  const size = elementBytes[datatype];
  const { buffer, byteOffset } = alignedBuffer(data, size);
  return { type, data: new elementArrays[type](buffer, byteOffset, data.length / size), dims: shape, location: 'cpu' };
};

const fromRuntimeValue = (name: string, value: InferenceSession.OnnxValueMapType[string] | undefined): Tensor => {
  const datatype = value && datatypeOf(value.type);
  if (!datatype) throw new ModelRefusal(`output '${name}' is of a type that is not supported`);
  const { data, dims: shape } = value;
  if (datatype === 'BYTES') return { name, datatype, shape, data: writeStrings(toTexts(data)) };
  if (!ArrayBuffer.isView(data)) throw new Error(`the runtime must give '${name}' as a typed array`);
  return { name, datatype, shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
};

const toTexts = (data: unknown): string[] => {
  if (!Array.isArray(data)) throw new Error('the runtime must give strings as an array');
  // A graph can make text that is not well-formed; the protocol’s BYTES carry UTF-8 all the same.
  return data.map((text) => String(text).toWellFormed());
};

/** Lambda gives 1 vCPU for each 1,769 MB. @param coreCount - cores that can be used at all */
export const threadsFor = (memoryMiB: number, coreCount: number): number =>
  Math.max(1, Math.min(Math.floor(memoryMiB / 1769), coreCount));
