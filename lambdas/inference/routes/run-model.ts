/** What a `run-*` function does with one request: the model from its cache or S3, one run, only the outputs asked for. */

import type { LoadedModel } from '../domain/loaded-model.ts';
import { loadMappedModel } from '../domain/mapped-model.ts';
import { ModelRefusal } from '../domain/model-refusal.ts';
import { encodeOutputs, type RunAnswer, type RunOrder } from '../domain/run-message.ts';
import type { Holding, SessionCache } from '../domain/session-cache.ts';
import type { Tensor } from '../domain/tensor.ts';
import type { ArtifactStore, OrtFile, Runtime } from '../ports.ts';

export interface RunModelPorts {
  readonly artifacts: ArtifactStore;
  readonly runtime: Runtime;
  readonly sessions: SessionCache<LoadedModel>;
  /** Room for models that are read where they lie. @default 0 */
  readonly fileBudgetBytes?: number;
  readonly nowMs: () => number;
  /** Told of what the call goes on without. */
  readonly onFault: (fault: unknown) => void;
}

/** What any session takes beside its weights: kernels, arenas, what is not weights in the file. */
const OVERHEAD_BYTES = 4_194_304;

/** The weights as they are in the file, and ordered for the processor. */
export const inMemory = (fileBytes: number): Holding => ({ memoryBytes: fileBytes * 2 + OVERHEAD_BYTES, fileBytes: 0 });
/** The file's pages, where they are read, are memory too. */
const inFile = (fileBytes: number): Holding => ({ memoryBytes: fileBytes + OVERHEAD_BYTES, fileBytes });
const inFileAndMemory = (fileBytes: number): Holding => ({ ...inMemory(fileBytes), fileBytes });

/** A product that cannot be used: the artifact can. */
class UnusableProduct extends Error {}

/** Products that failed, of one environment. */
const MAX_REMEMBERED = 1_000;

export const runModel = ({ artifacts, runtime, sessions, fileBudgetBytes = 0, nowMs, onFault }: RunModelPorts) => {
  const unusable = new Set<string>();

  const usableOrt = ({ ort }: RunOrder): OrtFile | undefined =>
    ort && ort.sizeBytes <= fileBudgetBytes && !unusable.has(ort.sha256) && ort.madeBy === runtime.name
      ? ort
      : undefined;

  const loadOrt = async (key: string, ort: OrtFile): Promise<LoadedModel> => {
    const { sizeBytes } = ort;
    try {
      const file = await artifacts.readToScratch(ort);
      try {
        const takeRoom = () => sessions.resize(key, inFileAndMemory(sizeBytes));
        return await loadMappedModel({ runtime, file, sizeBytes, takeRoom, nowMs, onFault });
      } catch (fault) {
        file.close();
        throw fault;
      }
    } catch (fault) {
      const why = fault instanceof Error ? fault.message : String(fault);
      throw new UnusableProduct(`product ${ort.key} cannot be used: ${why}`, { cause: fault });
    }
  };

  const runLoaded = (model: LoadedModel, order: RunOrder, loadMs = 0): RunAnswer | Promise<RunAnswer> => {
    const startedMs = nowMs();
    const answer = (outputs: readonly Tensor[]) =>
      encodeOutputs(outputs, { loadMs: toMicroseconds(loadMs), runMs: toMicroseconds(nowMs() - startedMs) });
    const outputs = model.run(order.inputs, order.outputs);
    return outputs instanceof Promise ? outputs.then(answer) : answer(outputs);
  };

  const loadAndRun = async (order: RunOrder): Promise<RunAnswer> => {
    const { artifact } = order;
    const startedMs = nowMs();
    const use = (model: LoadedModel) => runLoaded(model, order, nowMs() - startedMs);
    const ort = usableOrt(order);
    if (ort) {
      try {
        return await sessions.use(artifact.sha256, inFile(ort.sizeBytes), () => loadOrt(artifact.sha256, ort), use);
      } catch (fault) {
        if (!(fault instanceof UnusableProduct)) throw fault;
        if (unusable.size < MAX_REMEMBERED) unusable.add(ort.sha256);
        onFault(fault);
      }
    }
    const load = async () => runtime.load(await artifacts.read(artifact));
    return sessions.use(artifact.sha256, inMemory(artifact.sizeBytes), load, use);
  };

  /** A model that is loaded answers at once. */
  return (order: RunOrder): RunAnswer | Promise<RunAnswer> => {
    try {
      const answer = sessions.useLoaded(order.artifact.sha256, runLoaded, order) ?? loadAndRun(order);
      return answer instanceof Promise ? answer.catch(refusalOf) : answer;
    } catch (fault) {
      return refusalOf(fault);
    }
  };
};

/** @throws whatever is not the model's */
const refusalOf = (fault: unknown): RunAnswer => {
  if (fault instanceof ModelRefusal) return { ok: false, fault: 'model_failed', message: fault.message };
  throw fault;
};

/** Milliseconds with three decimals: more digits than a clock has take longer to write than to measure. */
const toMicroseconds = (ms: number) => Math.round(ms * 1000) / 1000;
