// The one place that loads onnxruntime. Its native binding is called directly and synchronously: half the time of the
// package's own `session.run` on a small model, and 30 ms less at a cold start. The binding is no public interface, so
// it is used only in the version it was measured with, and after it has answered a model of a few bytes rightly;
// otherwise the package's own interface serves.
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type { InferenceSession } from 'onnxruntime-node';

/** A value as binding and package take it; the package's Tensor class refuses float16 on Node 24. */
export interface RuntimeValue {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
  readonly location: 'cpu';
}

export interface RuntimeMetadata {
  readonly name: string;
  /** undefined: no tensor, or of a type that JavaScript has no array for. */
  readonly type: string | undefined;
  /** -1 where any size is allowed. */
  readonly shape: readonly number[];
}

export interface RuntimeSession {
  readonly inputs: readonly RuntimeMetadata[];
  readonly outputs: readonly RuntimeMetadata[];
  /** Blocks the thread, also where it returns a promise. */
  run(
    feeds: Readonly<Record<string, RuntimeValue>>,
    outputNames: readonly string[],
  ): Record<string, RuntimeValue> | Promise<Record<string, RuntimeValue>>;
  release(): void | Promise<void>;
}

export type SessionOptions = InferenceSession.SessionOptions;

export interface Binding {
  readonly kind: 'direct' | 'package';
  /** @param model - the file's bytes, or its path */
  create(model: Uint8Array | string, options: SessionOptions): RuntimeSession | Promise<RuntimeSession>;
}

const DIRECT_VERSION = '1.30.0';

/** Of the package that is there. */
export const onnxruntimeVersion = (): string => versionOf(requireNative);

const versionOf = (require: NodeJS.Require): string =>
  (require('onnxruntime-node/package.json') as { version: string }).version;

/** @returns the direct binding where it is fit for use, else the package's own interface */
export const openBinding = (): Binding => {
  keepToOurselves();
  return openDirect(requireNative) ?? openPackage(requireNative);
};

/**
 * The library would tell its makers of every model that is loaded: names and hashes of graphs, over HTTPS, kept in a
 * file until then. It reads this once, when it is loaded.
 */
const keepToOurselves = (): void => {
  process.env.ORT_DISABLE_TELEMETRY = '1';
};

/** Functions are CommonJS, which finds packages of layers; sources run as ES modules. */
const requireNative: NodeJS.Require = createRequire(typeof __filename === 'string' ? __filename : import.meta.filename);

/** What the package's C++ side offers; onnxruntime-node 1.30.0, js/node/src/inference_session_wrap.cc. */
interface NativeSession {
  loadModel(path: string, options: SessionOptions): void;
  loadModel(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, options: SessionOptions): void;
  run(
    feeds: Readonly<Record<string, RuntimeValue>>,
    fetches: Readonly<Record<string, null>>,
  ): Record<string, RuntimeValue>;
  dispose(): void;
  readonly inputMetadata: readonly NativeMetadata[];
  readonly outputMetadata: readonly NativeMetadata[];
}

interface NativeMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  /** ONNX's TensorProto.DataType. */
  readonly type: number;
  readonly shape: readonly number[];
}

interface NativeBinding {
  readonly InferenceSession: new () => NativeSession;
  initOrtOnce(logLevel: number, tensorClass: unknown, isMainThread: boolean): void;
}

/** The binding makes these of a run's outputs. */
class OutputTensor {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
  readonly location = 'cpu';

  constructor(type: string, data: unknown, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

const FATAL = 4;

/** By ONNX's TensorProto.DataType. */
const typeNames: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
};

export const openDirect = (require: NodeJS.Require): Binding | undefined => {
  try {
    if (versionOf(require) !== DIRECT_VERSION) return undefined;
    const file = `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`;
    const native = require(file) as NativeBinding;
    native.initOrtOnce(FATAL, OutputTensor, isMainThread);
    const binding: Binding = { kind: 'direct', create: (model, options) => createDirect(native, model, options) };
    return answersRightly(native) ? binding : undefined;
  } catch {
    // Whatever is amiss with it, the package's own interface says so.
    return undefined;
  }
};

const createDirect = (native: NativeBinding, model: Uint8Array | string, options: SessionOptions): RuntimeSession => {
  const session = new native.InferenceSession();
  if (typeof model === 'string') session.loadModel(model, options);
  else session.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
  const asked = new Map<string, Record<string, null>>();
  const fetchesOf = (names: readonly string[]): Record<string, null> => {
    const [only = ''] = names;
    const list = names.length === 1 ? only : names.join('\0');
    const known = asked.get(list);
    if (known) return known;
    const made = Object.fromEntries(names.map((name) => [name, null]));
    if (asked.size < 16) asked.set(list, made);
    return made;
  };
  return {
    inputs: session.inputMetadata.map(toMetadata),
    outputs: session.outputMetadata.map(toMetadata),
    // Without options it takes those that it made once; outputs made beforehand are slower than its own.
    run: (feeds, outputNames) => session.run(feeds, fetchesOf(outputNames)),
    release: () => session.dispose(),
  };
};

const toMetadata = ({ name, isTensor, type, shape }: NativeMetadata): RuntimeMetadata => ({
  name,
  type: isTensor ? typeNames[type] : undefined,
  shape: isTensor ? [...shape] : [],
});

/**
 * An ONNX file: y = x + x over floats [n], format 10, operators 21.
 * Field by field: ir_version 10 · opset_import {version 21} · graph {node {x, x → y, Add}, name g, input x, output y}.
 */
const DOUBLE_MODEL = Uint8Array.from(
  Buffer.from(
    '080a3a370a0e0a01780a017812017922034164641201675a100a0178120b0a09080112050a0312016e62100a0179120b0a09080112050a0312016e42040a001015',
    'hex',
  ),
);

const answersRightly = (native: NativeBinding): boolean => {
  const session = createDirect(native, DOUBLE_MODEL, { intraOpNumThreads: 1, logSeverityLevel: FATAL });
  const x = { type: 'float32', data: Float32Array.of(1.5, -0.25), dims: [2], location: 'cpu' } as const;
  const { y } = session.run({ x }, ['y']) as Record<string, RuntimeValue>;
  session.release();
  const isRight = y?.data instanceof Float32Array && y.data[0] === 3 && y.data[1] === -0.5;
  return isRight && y.type === 'float32' && y.dims.length === 1 && y.dims[0] === 2;
};

export const openPackage = (require: NodeJS.Require): Binding => {
  const { InferenceSession } = require('onnxruntime-node') as typeof import('onnxruntime-node');
  return {
    kind: 'package',
    create: async (model, options) => {
      const session = await (typeof model === 'string'
        ? InferenceSession.create(model, options)
        : InferenceSession.create(model, options));
      return {
        inputs: session.inputMetadata.map(ofPackage),
        outputs: session.outputMetadata.map(ofPackage),
        run: async (feeds, outputNames) =>
          (await session.run(feeds as unknown as InferenceSession.FeedsType, [...outputNames])) as unknown as Record<
            string,
            RuntimeValue
          >,
        release: () => session.release(),
      };
    },
  };
};

const ofPackage = (metadata: InferenceSession.ValueMetadata): RuntimeMetadata =>
  metadata.isTensor
    ? {
        name: metadata.name,
        type: metadata.type,
        shape: metadata.shape.map((size) => (typeof size === 'number' ? size : -1)),
      }
    : { name: metadata.name, type: undefined, shape: [] };
