// Whatever the model, and whoever asks at the same time: every caller gets exactly what a lone run gives. The pool, the
// proof, the trial and onnxruntime are real; only the process between is left out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../../../lambdas/inference/adapters/onnxruntime.ts';
import type { RowsRun } from '../../../../lambdas/inference/domain/coalesce.ts';
import { checkRowsAlike } from '../../../../lambdas/inference/domain/coalesce-check.ts';
import { ModelRefusal } from '../../../../lambdas/inference/domain/model-refusal.ts';
import type { Tensor } from '../../../../lambdas/inference/domain/tensor.ts';
import type { Session } from '../../../../lambdas/inference/ports.ts';
import type { ModelChild, ModelChildEvents } from '../../../../lambdas/inference/server/model-child.ts';
import { ModelPool, type PoolLimits } from '../../../../lambdas/inference/server/model-pool.ts';
import { createRowProofs } from '../../../../lambdas/inference/server/row-proofs.ts';
import { seededRandom } from '../../../../lambdas/shared/numeric/seeded-random.ts';
import { proveRowWise } from '../../../../lambdas/shared/onnx/row-wise/prove-row-wise.ts';
import { modelOf } from '../../../support/model-of.ts';
import { randomGraph, smallWholes } from '../../../support/random-graph.ts';

const limits: PoolLimits = {
  lineCount: 100,
  lineBytes: 1_000_000,
  lineMs: 60_000,
  deadlineMs: 60_000,
  startMs: 60_000,
  memoryBytes: 1,
  joined: { rowCount: 7, sizeBytes: 1_000_000 },
};
const held = { sessionCount: 1, heldBytes: 0, loadCount: 1, releaseCount: 0 };

const runOf = async (session: Session, { inputs, outputs }: RowsRun): Promise<readonly Tensor[] | string> => {
  try {
    return await session.run(inputs, outputs);
  } catch (fault) {
    if (fault instanceof ModelRefusal) return fault.message;
    throw fault;
  }
};

/** A child without a process: one run after the other. */
const childOf = (session: Session, events: ModelChildEvents): ModelChild => {
  let line: Promise<void> = Promise.resolve();
  setImmediate(events.onReady);
  return {
    pid: undefined,
    run: (id, _model, run) => {
      line = line.then(async () => {
        const outputs = await runOf(session, run);
        const answer =
          typeof outputs === 'string'
            ? ({ kind: 'failed', message: outputs } as const)
            : ({ kind: 'outputs', outputs, loadMs: 0, runMs: 1 } as const);
        events.onAnswer(id, answer, held);
      });
    },
    kill: () => events.onEnd('ended'),
  };
};

const poolOf = (bytes: Uint8Array, session: Session) => {
  const proofs = createRowProofs(async () => {
    const graph = proveRowWise(bytes);
    if (!graph.rowWise) return { proven: false, reason: graph.reason };
    const trial = await checkRowsAlike(session, 1);
    return trial.alike ? { proven: true, exact: trial.exact } : { proven: false, reason: trial.reason };
  });
  const start = (events: ModelChildEvents) => childOf(session, events);
  return { proofs, pool: new ModelPool({ placeCount: 1, limits, start, proofs, nowMs: () => performance.now() }) };
};

const plain = (outputs: readonly Tensor[] | string) =>
  typeof outputs === 'string'
    ? 'refused'
    : outputs.map(
        ({ name, datatype, shape, data }) => `${name} ${datatype} ${shape} ${Buffer.from(data).toString('hex')}`,
      );

describe('callers at the same time', () => {
  it('each get what a lone run gives, of models that keep rows apart and of models that mix them', {
    timeout: 60_000,
  }, async () => {
    const model = { sha256: 'a'.repeat(64), sizeBytes: 1, path: '/none' };
    const seen = { joined: 0, kept: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 10 }),
        async (seed, rowCounts) => {
          const bytes = modelOf(randomGraph(seed));
          const session = await onnxruntime({ threadCount: 1 })
            .load(bytes)
            .catch(() => undefined);
          if (!session) return;
          const random = seededRandom(seed + 1);
          const runs = rowCounts.map((count): RowsRun => {
            const data = new Uint8Array(smallWholes(random, count * 4).buffer);
            return { inputs: [{ name: 'x', datatype: 'FP32', shape: [count, 4], data }], outputs: ['y'] };
          });
          const lone: unknown[] = [];
          for (const run of runs) lone.push(plain(await runOf(session, run)));
          // Where an operator leaves memory unwritten, nothing that is made of it can be compared.
          for (const [index, run] of runs.entries()) {
            if (String(plain(await runOf(session, run))) !== String(lone[index])) return;
          }
          const { pool, proofs } = poolOf(bytes, session);
          // The first time they come together the proof is asked for; the second time it counts.
          for (let wave = 0; wave < 2; wave++) {
            const outcomes = await Promise.all(runs.map((run) => pool.run(model, run)));
            expect(outcomes.map((one) => plain(one.ok ? one.outputs : 'refused'))).toEqual(lone);
            await proofs.settled();
          }
          const { joinedCount } = pool.stats;
          if (joinedCount > 0) seen.joined++;
          else seen.kept++;
          await pool.close();
          await session.release();
        },
      ),
      { numRuns: 500, seed: 20_261_124 },
    );
    expect(seen.joined).toBeGreaterThan(20);
    expect(seen.kept).toBeGreaterThan(20);
  });
});
