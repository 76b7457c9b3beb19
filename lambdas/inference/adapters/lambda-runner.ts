// Runs models by invoking the function of their lane.
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import type { Lane } from '../../registry/contract.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { LostAnswer } from '../../shared/platform/signed/connection.ts';
import type { InvokeFunction, Returned } from '../../shared/platform/signed/functions.ts';
import { ServiceFault } from '../../shared/platform/signed/service-fault.ts';
import { currentTraceparent } from '../../shared/platform/trace.ts';
import { decodeRunAnswer, encodeRunRequest, MESSAGE_LIMIT_BYTES, messageBytes } from '../domain/run-message.ts';
import type { ModelRunner, RunOutcome } from '../ports.ts';

/** No run is longer: a function of a lane is ended before. Callers give up by their signal. */
const TIMEOUT_MS = 28_000;
/** A run has no effect but its answer: another one does no harm. */
const TRY_COUNT = 3;
const FIRST_PAUSE_MS = 50;

export const lambdaRunner = (
  invokeFunction: InvokeFunction,
  functionNames: Readonly<Record<Lane, string>>,
): ModelRunner => ({
  run: async (job, signal) => {
    const bytes = messageBytes(job.inputs);
    if (bytes > MESSAGE_LIMIT_BYTES) return { ok: false, fault: 'input_too_large', bytes };
    const payload = JSON.stringify({ ...encodeRunRequest(job), traceparent: currentTraceparent() });
    const returned = await invoke(() =>
      invokeFunction(functionNames[job.lane], payload, { timeoutMs: TIMEOUT_MS, signal }),
    );
    const told: unknown = returned.payload.length > 0 ? JSON.parse(returned.payload.toString('utf8')) : undefined;
    return returned.failed ? toCrash(told) : decodeRunAnswer(told);
  },
});

/** Once more where a connection was lost, as kept-alive ones are while a function sleeps, or Lambda had no place. */
const invoke = async (attempt: () => Promise<Returned>): Promise<Returned> => {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (fault) {
      const passes = isThrottle(fault) || fault instanceof LostAnswer || isTheirs(fault);
      if (!passes) throw fault;
      if (tries >= TRY_COUNT) throw isThrottle(fault) ? noPlace() : fault;
      await sleep(Math.random() * FIRST_PAUSE_MS * 2 ** tries);
    }
  }
};

const throttles = new Set(['TooManyRequestsException', 'ThrottlingException', 'EC2ThrottledException']);

const isThrottle = (fault: unknown): boolean => fault instanceof ServiceFault && throttles.has(fault.name);
const isTheirs = (fault: unknown): boolean => fault instanceof ServiceFault && fault.status >= 500;

const noPlace = () =>
  new DomainError('unavailable', 'unavailable', 'all places where the model runs are taken for the moment', {
    headers: { 'retry-after': '2' },
  });

const crash = z.object({ errorType: z._default(z.string(), ''), errorMessage: z._default(z.string(), '') });

/** The process ended in the midst of a run; some runtimes say so only in the message. */
const endedByType = /^Runtime\.(ExitError|OutOfMemory)$/;
const endedByMessage = /Runtime exited|process died|signal:/;

/** The run function catches all it can: what ends it from outside is the model's doing; what keeps it from starting is ours. */
const toCrash = (payload: unknown): RunOutcome => {
  const { errorType, errorMessage } = crash.parse(payload ?? {});
  if (errorType === 'Sandbox.Timedout' || errorMessage.includes('Task timed out')) {
    return {
      ok: false,
      fault: 'model_timeout',
      message: 'the model did not end within the time that a run has',
      ended: true,
    };
  }
  if (endedByType.test(errorType) || endedByMessage.test(errorMessage)) {
    return {
      ok: false,
      fault: 'model_failed',
      message: 'the process that ran the model ended without an answer',
      ended: true,
    };
  }
  throw new Error(`the run function could not begin: ${errorType} ${errorMessage}`);
};
