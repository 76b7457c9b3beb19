// The inference server with its child processes, over HTTP: what they hold, and children lost now and then.
import { readFileSync } from 'node:fs';
import { decodeRunAnswer } from '../../../lambdas/inference/domain/run-message.ts';
import type { ChildHeld } from '../../../lambdas/inference/server/child-messages.ts';
import { servedModelOf, startServer } from '../../support/inference-server.ts';
import { modelOf } from '../../support/model-of.ts';
import type { SoakLaneKind } from '../soak-lane.ts';
import type { SoakModel } from '../soak-models.ts';

const WORKERS = 2;
/** Half of it is for sessions: a few dozen of the soak's models. */
const MEMORY_MIB = 320;

/** Ends its process: no processor holds the least number divided by −1. */
const killer = modelOf({
  inputs: [
    { name: 'x', type: 'INT64', dims: ['n'] },
    { name: 'z', type: 'INT64', dims: ['n'] },
  ],
  outputs: [{ name: 'y', type: 'INT64', dims: ['n'] }],
  nodes: [{ op: 'Div', inputs: ['x', 'z'], outputs: ['y'] }],
});
const whole = (name: string, value: bigint) => ({
  name,
  datatype: 'INT64' as const,
  shape: [1],
  data: new Uint8Array(BigInt64Array.of(value).buffer),
});

const residentBytes = (pid: number): number => {
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? Number(match[1]) * 1024 : 0;
  } catch {
    return 0;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

export const serverLane: SoakLaneKind = {
  name: 'server',
  concurrency: 8,
  // Runs are joined, and a batch may be rounded otherwise.
  exact: false,
  start: async (models) => {
    const server = await startServer([...models.map(({ onnx }) => onnx), killer], {
      WORKERS,
      WORKER_MEMORY_MIB: MEMORY_MIB,
    });
    const served = new Map(models.map((model) => [model, servedModelOf(model.onnx)] as const));
    /** By process: what each said last. */
    const told = new Map<number, ChildHeld>();
    const listen = () => {
      for (const { pid, held } of server.stats().places) if (pid !== undefined && held) told.set(pid, held);
    };
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    return {
      call: async (model: SoakModel, call) => {
        const { inputs } = model.calls[call] ?? { inputs: [] };
        const { status, body } = await server.call(
          served.get(model) ?? servedModelOf(model.onnx),
          inputs,
          model.outputs,
        );
        listen();
        if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
        const outcome = decodeRunAnswer(body);
        if (!outcome.ok) throw new Error('message' in outcome ? outcome.message : outcome.fault);
        return outcome.outputs;
      },
      disturb: async () => {
        const { body } = await server.call(servedModelOf(killer), [whole('x', -(2n ** 63n)), whole('z', -1n)], ['y']);
        if (body.fault !== 'model_failed')
          throw new Error(`must be told as the model's failure, got ${JSON.stringify(body)}`);
      },
      figures: () => {
        const places = server.stats().places.map(({ pid, held }) => ({ pid: pid ?? 0, held }));
        const all = [...told.values()];
        return {
          loadCount: sum(all.map(({ loadCount }) => loadCount)),
          evictionCount: sum(all.map(({ releaseCount }) => releaseCount)),
          // Those of a process that is gone went with it.
          liveCount: sum(all.map(({ sessionCount }) => sessionCount)),
          heldBytes: Math.max(0, ...places.map(({ held }) => held?.heldBytes ?? 0)),
          budgetBytes: (MEMORY_MIB / 2) * 1_048_576,
          residentBytes: sum(places.map(({ pid }) => residentBytes(pid))) + process.memoryUsage.rss(),
        };
      },
      end: async () => {
        await server.close();
        return [...told.keys()].filter(isAlive).length;
      },
    };
  },
};
