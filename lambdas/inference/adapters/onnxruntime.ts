// Models run by onnxruntime, tensors in and out. Its faults are told apart: what it throws of a model or of inputs is
// the model's (ModelRefusal), all else is ours.
import type { Datatype } from '../../shared/onnx/signature.ts';
import { ModelRefusal } from '../domain/model-refusal.ts';
import { alignedBuffer, elementBytes, readStrings, type Tensor, writeStrings } from '../domain/tensor.ts';
import type { Runtime, RuntimeTensor, Session } from '../ports.ts';
import {
  type Binding,
  onnxruntimeVersion,
  openBinding,
  type RuntimeMetadata,
  type RuntimeSession,
  type RuntimeValue,
  type SessionOptions,
} from './onnxruntime-binding.ts';

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

const datatypesByType = new Map<string, Datatype>(
  Object.entries(runtimeTypes).map(([datatype, type]) => [type, datatype as Datatype]),
);
const datatypeOf = (type: string | undefined): Datatype | undefined =>
  type === undefined ? undefined : datatypesByType.get(type);

/** @param threadCount - for the operators of one run; 1 or more @param binding - opened when the first model is loaded */
export const onnxruntime = ({ threadCount }: { threadCount: number }, binding = openedBinding): Runtime => {
  const open = async (model: Uint8Array | string, own: Partial<SessionOptions> = {}): Promise<Session> => {
    // Outside of what is put down to the model: a runtime that cannot be loaded is our fault.
    const runtime = binding();
    const session = await refusing(() => runtime.create(model, { ...sessionOptions(threadCount), ...own }));
    try {
      return toSession(session);
    } catch (fault) {
      await session.release();
      throw fault;
    }
  };
  return {
    get name() {
      return `onnxruntime-node ${onnxruntimeVersion()}`;
    },
    load: (model) => open(model),
    loadMapped: ({ path }, { prepack }) => open(path, { extra: { session: mappedConfig(prepack) } }),
  };
};

const sessionOptions = (threadCount: number): SessionOptions => ({
  executionProviders: ['cpu'],
  intraOpNumThreads: threadCount,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  // It would hand on memory with an earlier caller's numbers in it: see zeroedMemoryEnv.
  enableCpuMemArena: false,
  // Warnings of a publisher's graph are not for our log.
  logSeverityLevel: 4,
});

/** https://github.com/microsoft/onnxruntime/blob/main/include/onnxruntime/core/session/onnxruntime_session_options_config_keys.h */
const mappedConfig = (prepack: boolean) => ({
  load_model_format: 'ORT',
  use_memory_mapped_ort_model: '1',
  use_ort_model_bytes_for_initializers: '1',
  disable_prepacking: prepack ? '0' : '1',
});

let opened: Binding | undefined;
const openedBinding = (): Binding => {
  opened ??= openBinding();
  return opened;
};

/** Opens the runtime before there is a model: that takes as long as the first bytes from S3. */
export const openOnnxruntime = (): void => {
  try {
    openedBinding();
  } catch {
    // Whoever loads a model is told.
  }
};

const refusing = async <T>(call: () => T | Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (fault) {
    throw toRefusal(fault);
  }
};

const toRefusal = (fault: unknown) => new ModelRefusal(fault instanceof Error ? fault.message : String(fault));

const toSession = (session: RuntimeSession): Session => {
  const inputs = session.inputs.map((metadata) => {
    const tensor = toRuntimeTensor(metadata);
    if (!tensor) throw new ModelRefusal(`input '${metadata.name}' must be a tensor of a supported type`);
    return tensor;
  });
  // An output that is no tensor can be left unasked: the others are served all the same.
  const outputs = session.outputs.flatMap((metadata) => toRuntimeTensor(metadata) ?? []);
  return {
    inputs,
    outputs,
    run: (tensors, outputNames) => {
      const feeds: Record<string, RuntimeValue> = Object.create(null);
      for (const tensor of tensors) feeds[tensor.name] = toRuntimeValue(tensor);
      const collect = (results: Record<string, RuntimeValue>) =>
        outputNames.map((name) => fromRuntimeValue(name, results[name]));
      let results: ReturnType<RuntimeSession['run']>;
      try {
        results = session.run(feeds, outputNames);
      } catch (fault) {
        throw toRefusal(fault);
      }
      return results instanceof Promise ? refusing(() => results).then(collect) : collect(results);
    },
    release: async () => session.release(),
  };
};

const toRuntimeTensor = ({ name, type, shape }: RuntimeMetadata): RuntimeTensor | undefined => {
  const datatype = datatypeOf(type);
  return datatype && { name, datatype, shape };
};

const toRuntimeValue = ({ name, datatype, shape, data }: Tensor): RuntimeValue => {
  if (datatype === 'BF16') throw new ModelRefusal(`input '${name}' is BF16, which the runtime does not take`);
  const type = runtimeTypes[datatype];
  if (type === 'string') return { type, data: readStrings(data), dims: shape, location: 'cpu' };
  const size = elementBytes[datatype];
  const { buffer, byteOffset } = alignedBuffer(data, size);
  return { type, data: new elementArrays[type](buffer, byteOffset, data.length / size), dims: shape, location: 'cpu' };
};

const fromRuntimeValue = (name: string, value: RuntimeValue | undefined): Tensor => {
  const datatype = value && datatypeOf(value.type);
  if (!datatype) throw new ModelRefusal(`output '${name}' is of a type that is not supported`);
  const { data, dims: shape } = value;
  if (datatype === 'BYTES') return { name, datatype, shape, data: writeStrings(toTexts(data)) };
  if (!ArrayBuffer.isView(data)) throw new Error(`the runtime must give '${name}' as a typed array`);
  return { name, datatype, shape, data: bytesOf(data) };
};

/** A Buffer, which whoever writes base64 would have to make of other bytes. */
const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

const toTexts = (data: unknown): string[] => {
  if (!Array.isArray(data)) throw new Error('the runtime must give strings as an array');
  // A graph can make text that is not well-formed; the protocol’s BYTES carry UTF-8 all the same.
  return data.map((text) => String(text).toWellFormed());
};

/** Lambda gives 1 vCPU for each 1,769 MB. @param coreCount - cores that can be used at all */
export const threadsFor = (memoryMiB: number, coreCount: number): number =>
  Math.max(1, Math.min(Math.floor(memoryMiB / 1769), coreCount));
