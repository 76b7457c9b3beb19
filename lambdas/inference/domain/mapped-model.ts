// A model whose weights stay in the file they came in: loaded in milliseconds, as fast as any for one row, and two to
// three times slower for more, because nothing is ordered for the processor. When its batches have taken as long as
// ordering takes, a copy with ordered ("prepacked") weights takes over: whatever comes, at most twice the best time.
import type { Runtime, ScratchFile, Session } from '../ports.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { Tensor } from './tensor.ts';

export interface MappedModelOptions {
  readonly runtime: Runtime;
  readonly file: ScratchFile;
  readonly sizeBytes: number;
  /** Whether there is room for a copy of the weights; counted from then on. */
  readonly takeRoom: () => Promise<boolean>;
  readonly nowMs: () => number;
  /** Told of a copy that could not be loaded: the model goes on without. */
  readonly onFault: (fault: unknown) => void;
}

/** From so many rows a copy is faster. */
const BATCH_ROWS = 2;

/** Measured: 91 ms for 100 MB. */
const prepackMs = (sizeBytes: number) => sizeBytes / 1_000_000;

/** @throws ModelRefusal */
export const loadMappedModel = async (options: MappedModelOptions): Promise<LoadedModel> => {
  const { runtime, file, sizeBytes, takeRoom, nowMs, onFault } = options;
  const first = await runtime.loadMapped(file, { prepack: false });
  const sessions: [Session, ...Session[]] = [first];
  let current = first;
  let batchMs = 0;
  let copying: Promise<void> | undefined;

  const copy = async (): Promise<void> => {
    // Where there is none, it is asked for again after as much time.
    batchMs = 0;
    if (!(await takeRoom())) return;
    try {
      current = await runtime.loadMapped(file, { prepack: true });
      // The first one stays until the end: it holds next to nothing, and a run on it may not have ended.
      sessions.push(current);
    } catch (fault) {
      batchMs = Number.NEGATIVE_INFINITY;
      onFault(fault);
    }
  };

  const runBatch = async (inputs: readonly Tensor[], outputNames: readonly string[]): Promise<Tensor[]> => {
    if (batchMs >= prepackMs(sizeBytes)) copying ??= copy();
    await copying;
    copying = undefined;
    const startedMs = nowMs();
    const outputs = await current.run(inputs, outputNames);
    batchMs += nowMs() - startedMs;
    return outputs;
  };

  return {
    run: (inputs, outputNames) =>
      current === first && rowCount(inputs) >= BATCH_ROWS
        ? runBatch(inputs, outputNames)
        : current.run(inputs, outputNames),
    release: async () => {
      for (const session of sessions) await session.release();
      file.close();
    },
  };
};

/** The most of any input. */
const rowCount = (inputs: readonly Tensor[]): number => {
  let most = 0;
  for (const { shape } of inputs) most = Math.max(most, shape[0] ?? 0);
  return most;
};
