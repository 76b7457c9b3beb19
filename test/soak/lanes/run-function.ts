// The run function's core in this process: message text in and out, the session cache, onnxruntime.
import { createHash } from 'node:crypto';
import { onnxruntime } from '../../../lambdas/inference/adapters/onnxruntime.ts';
import type { LoadedModel } from '../../../lambdas/inference/domain/loaded-model.ts';
import { decodeRunAnswer, decodeRunRequest, encodeRunRequest } from '../../../lambdas/inference/domain/run-message.ts';
import { createSessionCache } from '../../../lambdas/inference/domain/session-cache.ts';
import type { Runtime, Session } from '../../../lambdas/inference/ports.ts';
import { runModel } from '../../../lambdas/inference/routes/run-model.ts';
import type { SoakLaneKind } from '../soak-lane.ts';
import type { SoakModel } from '../soak-models.ts';

/** Room for a few dozen of the soak's models. */
const BUDGET_BYTES = 160 * 1_048_576;

/** @param release - how sessions are given back; another than the default is for the soak's own test */
export const runFunctionLane = (release = (model: LoadedModel) => model.release()): SoakLaneKind => ({
  name: 'run-function',
  // Lambda gives an environment one event at a time.
  concurrency: 1,
  exact: true,
  start: async (models) => {
    const files = new Map<string, SoakModel>();
    const artifacts = new Map(
      models.map((model) => {
        const sha256 = createHash('sha256').update(model.onnx).digest('hex');
        files.set(sha256, model);
        return [model, { key: `sha256/${sha256}`, sha256, sizeBytes: model.onnx.length }] as const;
      }),
    );
    const live = new Set<Session>();
    let loadCount = 0;
    let evictionCount = 0;
    const plain = onnxruntime({ threadCount: 1 });
    const counting: Runtime = {
      ...plain,
      load: async (bytes) => {
        const session = await plain.load(bytes);
        loadCount++;
        const counted: Session = {
          ...session,
          release: async () => {
            await session.release();
            live.delete(counted);
          },
        };
        live.add(counted);
        return counted;
      },
    };
    const sessions = createSessionCache<LoadedModel>({
      budgetBytes: BUDGET_BYTES,
      release: async (model) => {
        evictionCount++;
        await release(model);
      },
    });
    const run = runModel({
      artifacts: {
        read: async ({ sha256 }) => files.get(sha256)?.onnx ?? Promise.reject(new Error('no such artifact')),
        readToScratch: () => Promise.reject(new Error('no products')),
      },
      runtime: counting,
      sessions,
      nowMs: () => performance.now(),
      onFault: (fault) => {
        throw fault;
      },
    });
    return {
      call: async (model, call) => {
        const artifact = artifacts.get(model);
        const { inputs } = model.calls[call] ?? { inputs: [] };
        if (!artifact) throw new Error('no such model');
        // As Lambda carries it, both ways.
        const text = JSON.stringify(encodeRunRequest({ lane: 'run-2gib', artifact, inputs, outputs: model.outputs }));
        const answer = JSON.stringify(await run(decodeRunRequest(JSON.parse(text))));
        const outcome = decodeRunAnswer(JSON.parse(answer));
        if (!outcome.ok) throw new Error('message' in outcome ? outcome.message : outcome.fault);
        return outcome.outputs;
      },
      figures: () => ({
        loadCount,
        evictionCount,
        liveCount: live.size,
        heldBytes: sessions.heldBytes(),
        budgetBytes: BUDGET_BYTES,
        residentBytes: process.memoryUsage.rss(),
      }),
      end: async () => {
        await sessions.clear();
        return live.size;
      },
    };
  },
});
