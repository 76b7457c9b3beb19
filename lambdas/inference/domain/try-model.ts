// Tries a model nobody trusts yet: load, compare with the scanned signature, run once. Belongs into a process that may
// be killed.
import type { Signature, TensorSpec } from '../../shared/onnx/signature.ts';
import type { Runtime, RuntimeTensor, Session } from '../ports.ts';
import { type ExampleShapes, exampleBytes, exampleInputs, exampleShapes } from './example-inputs.ts';
import { ModelRefusal } from './model-refusal.ts';
import type { ChildReport } from './smoke-message.ts';

export interface TryModelOptions {
  readonly runtime: Runtime;
  readonly nowMs: () => number;
  /** Most bytes this process has held so far. */
  readonly peakBytes: () => number;
  readonly memoryBytes: number;
}

type Refusal = Extract<ChildReport, { ok: false }>;

const refused = (rule: Refusal['rule'], message: string): Refusal => ({ ok: false, rule, message });

export const tryModel = async (
  model: Uint8Array,
  signature: Signature,
  options: TryModelOptions,
): Promise<ChildReport> => {
  const { runtime, nowMs, peakBytes, memoryBytes } = options;
  const examples = exampleShapes(signature);
  const needed = exampleBytes(signature, examples[0] ?? []);
  if (needed > memoryBytes) {
    return refused('out_of_memory', `inputs of the declared shapes take ${needed} bytes, more than ${memoryBytes}`);
  }
  const startedMs = nowMs();
  const session = await refusing('load_failed', () => runtime.load(model));
  if (!('run' in session)) return session;
  const loadedMs = nowMs();
  const difference =
    differenceOf('input', signature.inputs, session.inputs) ??
    differenceOf('output', signature.outputs, session.outputs);
  if (difference) return refused('signature_differs', difference);
  const ran = await runOnce(session, signature, examples);
  if ('ok' in ran) return ran;
  return {
    ok: true,
    outputs: session.outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape: [...shape] })),
    envelope: {
      peakBytes: peakBytes(),
      loadMs: loadedMs - startedMs,
      runMs: nowMs() - loadedMs,
      inputBytes: ran.inputBytes,
    },
  };
};

const refusing = async <T>(rule: Refusal['rule'], call: () => T | Promise<T>): Promise<T | Refusal> => {
  try {
    return await call();
  } catch (fault) {
    if (fault instanceof ModelRefusal) return refused(rule, fault.message);
    throw fault;
  }
};

/**
 * Zeros divide and reshape badly in some honest graphs, and one sample is too short for others: those are tried with
 * ones, and with larger inputs. @returns how large they were, or the first failure, if all fail
 */
const runOnce = async (
  session: Session,
  signature: Signature,
  examples: readonly ExampleShapes[],
): Promise<Refusal | { readonly inputBytes: number }> => {
  const names = signature.outputs.map(({ name }) => name);
  let first: Refusal | undefined;
  for (const shapes of examples) {
    for (const fill of [0, 1] as const) {
      const ran = await refusing('run_failed', () => session.run(exampleInputs(signature, shapes, fill), names));
      if (!('ok' in ran)) return { inputBytes: exampleBytes(signature, shapes) };
      first ??= ran;
    }
  }
  return first ?? refused('run_failed', 'there was no example to run');
};

const differenceOf = (
  kind: 'input' | 'output',
  scanned: readonly TensorSpec[],
  seen: readonly RuntimeTensor[],
): string | undefined => {
  const runtimeTensors = new Map(seen.map((tensor) => [tensor.name, tensor]));
  for (const spec of scanned) {
    const tensor = runtimeTensors.get(spec.name);
    if (!tensor) return `${kind} '${spec.name}' of the file is none to the runtime`;
    if (tensor.datatype !== spec.datatype) {
      return `${kind} '${spec.name}' is ${spec.datatype} in the file, ${tensor.datatype} to the runtime`;
    }
    runtimeTensors.delete(spec.name);
  }
  const [extra] = runtimeTensors.keys();
  return extra === undefined ? undefined : `${kind} '${extra}' of the runtime is none in the file`;
};
