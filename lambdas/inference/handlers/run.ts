// run-2gib, run-10gib: run publishers' models. May read artifacts and nothing else.
import { availableParallelism } from 'node:os';
import { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { readEnv } from '../../shared/platform/env.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { onnxruntime, threadsFor } from '../adapters/onnxruntime.ts';
import { s3Artifacts } from '../adapters/s3-artifacts.ts';
import { runEnv } from '../contract.ts';
import { type RunAnswer, runRequest } from '../domain/run-message.ts';
import { createSessionCache } from '../domain/session-cache.ts';
import type { Session } from '../ports.ts';
import { runModel } from '../routes/run-model.ts';

const env = readEnv(runEnv.extend({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: z.coerce.number().int().min(128) }));
const memoryMiB = env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE;

const run = runModel({
  artifacts: s3Artifacts(new S3Client({}), env.ARTIFACTS_BUCKET),
  runtime: onnxruntime({ threadCount: threadsFor(memoryMiB, availableParallelism()) }),
  sessions: createSessionCache<Session>({
    // Half is for sessions; the rest for Node, the file being loaded, and what a run needs.
    budgetBytes: (memoryMiB / 2) * 1_048_576,
    release: (session) => session.release(),
  }),
  nowMs: () => performance.now(),
});

/** Never throws: a thrown fault would end the process and its loaded models with it. */
export const handler = async (event: unknown, context?: { readonly awsRequestId?: string }): Promise<RunAnswer> => {
  try {
    const request = runRequest.parse(event);
    const answer = await run(request);
    const times = answer.ok ? { loadMs: round(answer.loadMs), runMs: round(answer.runMs) } : { fault: answer.fault };
    logWork('run', { artifact: request.artifact.sha256, ok: answer.ok, ...times });
    return answer;
  } catch (fault) {
    logFault(context?.awsRequestId ?? 'run', fault);
    return { ok: false, fault: 'ours', message: fault instanceof Error ? fault.name : 'unknown' };
  }
};

const round = (ms: number) => Math.round(ms * 100) / 100;
