// run-2gib, run-10gib: run publishers' models. May read artifacts and nothing else. Neither SDK nor schemas: what this
// bundle has, a cold start waits for.
import { availableParallelism } from 'node:os';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { signedObjects } from '../../shared/platform/signed/objects.ts';
import { workTrace } from '../../shared/platform/trace.ts';
import { onnxruntime, openOnnxruntime, threadsFor } from '../adapters/onnxruntime.ts';
import { s3Artifacts } from '../adapters/s3-artifacts.ts';
import type { RunEnv } from '../contract.ts';
import type { LoadedModel } from '../domain/loaded-model.ts';
import { decodeRunRequest, type RunAnswer } from '../domain/run-message.ts';
import { createSessionCache } from '../domain/session-cache.ts';
import { runModel } from '../routes/run-model.ts';

const readEnvironment = (): RunEnv & { readonly memoryMiB: number } => {
  const { ARTIFACTS_BUCKET, AWS_LAMBDA_FUNCTION_MEMORY_SIZE } = process.env;
  const memoryMiB = Number(AWS_LAMBDA_FUNCTION_MEMORY_SIZE);
  if (!ARTIFACTS_BUCKET) throw new Error('environment variable ARTIFACTS_BUCKET is missing');
  if (!Number.isInteger(memoryMiB) || memoryMiB < 128) {
    throw new Error(
      `environment variable AWS_LAMBDA_FUNCTION_MEMORY_SIZE must be at least 128, got ${AWS_LAMBDA_FUNCTION_MEMORY_SIZE}`,
    );
  }
  return { ARTIFACTS_BUCKET, memoryMiB };
};

const { ARTIFACTS_BUCKET, memoryMiB } = readEnvironment();

/** Of the 512 MiB that /tmp has on Lambda; the rest is for a model on its way. */
const FILE_BUDGET_BYTES = 448 * 1_048_576;

let requestId = 'run';

const run = runModel({
  // The runtime opens while the first bytes of the first model are on their way.
  artifacts: s3Artifacts(signedObjects({ onAsked: openOnnxruntime }), ARTIFACTS_BUCKET),
  runtime: onnxruntime({ threadCount: threadsFor(memoryMiB, availableParallelism()) }),
  sessions: createSessionCache<LoadedModel>({
    // Half is for sessions; the rest for Node, the file being loaded, and what a run needs.
    budgetBytes: (memoryMiB / 2) * 1_048_576,
    fileBudgetBytes: FILE_BUDGET_BYTES,
    release: (model) => model.release(),
  }),
  fileBudgetBytes: FILE_BUDGET_BYTES,
  nowMs: () => performance.now(),
  onFault: (fault) => logFault(requestId, fault),
});

let firstRun = true;

/** Never throws: a thrown fault would end the process and its loaded models with it. */
export const handler = async (event: unknown, context?: { readonly awsRequestId?: string }): Promise<RunAnswer> => {
  requestId = context?.awsRequestId ?? 'run';
  try {
    const order = decodeRunRequest(event);
    const running = run(order);
    const answer = running instanceof Promise ? await running : running;
    const times = answer.ok ? { loadMs: round(answer.loadMs), runMs: round(answer.runMs) } : { fault: answer.fault };
    logWork('run', {
      ...workTrace(order.traceparent),
      artifact: order.artifact.sha256,
      ok: answer.ok,
      ...times,
      cold: firstRun,
    });
    firstRun = false;
    return answer;
  } catch (fault) {
    logFault(requestId, fault);
    return { ok: false, fault: 'ours', message: fault instanceof Error ? fault.name : 'unknown' };
  }
};

const round = (ms: number) => Math.round(ms * 100) / 100;
