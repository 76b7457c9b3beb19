/** What a `run-*` function does with one request: the model from its cache or S3, one run, only the outputs asked for. */

import { ModelRefusal } from '../domain/model-refusal.ts';
import { decodeInputs, encodeOutputs, type RunAnswer, type RunRequest } from '../domain/run-message.ts';
import type { SessionCache } from '../domain/session-cache.ts';
import type { ArtifactStore, Runtime, Session } from '../ports.ts';

export interface RunModelPorts {
  readonly artifacts: ArtifactStore;
  readonly runtime: Runtime;
  readonly sessions: SessionCache<Session>;
  readonly nowMs: () => number;
}

/** What a session holds beside the file's own bytes: kernels, arenas, prepacked weights. */
const heldBytes = (fileBytes: number) => fileBytes * 2 + 4_194_304;

export const runModel =
  ({ artifacts, runtime, sessions, nowMs }: RunModelPorts) =>
  async (request: RunRequest): Promise<RunAnswer> => {
    const { artifact } = request;
    const startedMs = nowMs();
    try {
      return await sessions.use(
        artifact.sha256,
        heldBytes(artifact.sizeBytes),
        async () => runtime.load(await artifacts.read(artifact)),
        async (session) => {
          const loadedMs = nowMs();
          const outputs = await session.run(decodeInputs(request), request.outputs);
          return encodeOutputs(outputs, { loadMs: loadedMs - startedMs, runMs: nowMs() - loadedMs });
        },
      );
    } catch (fault) {
      if (fault instanceof ModelRefusal) return { ok: false, fault: 'model_failed', message: fault.message };
      throw fault;
    }
  };
