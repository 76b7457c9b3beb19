// Runs models by invoking the function of their lane.
import { InvokeCommand, type InvokeCommandOutput, type LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import type { Lane } from '../../registry/contract.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import {
  decodeRunAnswer,
  encodeRunRequest,
  MESSAGE_LIMIT_BYTES,
  messageBytes,
  runAnswer,
} from '../domain/run-message.ts';
import type { ModelRunner, RunOutcome } from '../ports.ts';

export const lambdaRunner = (lambda: LambdaClient, functionNames: Readonly<Record<Lane, string>>): ModelRunner => ({
  run: async (job, signal) => {
    const bytes = messageBytes(job.inputs);
    if (bytes > MESSAGE_LIMIT_BYTES) return { ok: false, fault: 'input_too_large', bytes };
    const command = new InvokeCommand({
      FunctionName: functionNames[job.lane],
      Payload: Buffer.from(JSON.stringify(encodeRunRequest(job))),
    });
    const output = await invoke(lambda, command, signal);
    const payload: unknown = output.Payload?.length
      ? JSON.parse(Buffer.from(output.Payload).toString('utf8'))
      : undefined;
    return output.FunctionError === undefined ? decodeRunAnswer(runAnswer.parse(payload)) : toCrash(payload);
  },
});

const invoke = async (
  lambda: LambdaClient,
  command: InvokeCommand,
  signal: AbortSignal,
): Promise<InvokeCommandOutput> => {
  try {
    return await lambda.send(command, { abortSignal: signal });
  } catch (fault) {
    if (signal.aborted) throw signal.reason;
    if (fault instanceof Error && throttles.has(fault.name)) {
      throw new DomainError('unavailable', 'unavailable', 'all places where the model runs are taken for the moment', {
        headers: { 'retry-after': '2' },
      });
    }
    throw fault;
  }
};

const throttles = new Set(['TooManyRequestsException', 'ThrottlingException', 'EC2ThrottledException']);

const crash = z.object({ errorType: z.string().default(''), errorMessage: z.string().default('') });

/** The process ended in the midst of a run; some runtimes say so only in the message. */
const endedByType = /^Runtime\.(ExitError|OutOfMemory)$/;
const endedByMessage = /Runtime exited|process died|signal:/;

/** The run function catches all it can: what ends it from outside is the model's doing; what keeps it from starting is ours. */
const toCrash = (payload: unknown): RunOutcome => {
  const { errorType, errorMessage } = crash.parse(payload ?? {});
  if (errorType === 'Sandbox.Timedout' || errorMessage.includes('Task timed out')) {
    return { ok: false, fault: 'model_timeout', message: 'the model did not end within the time that a run has' };
  }
  if (endedByType.test(errorType) || endedByMessage.test(errorMessage)) {
    return { ok: false, fault: 'model_failed', message: 'the process that ran the model ended without an answer' };
  }
  throw new Error(`the run function could not begin: ${errorType} ${errorMessage}`);
};
