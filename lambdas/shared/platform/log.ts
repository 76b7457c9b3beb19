// One structured line per call on stdout, its metrics within it. Never inputs, tokens, secrets or e-mail addresses: only
// what is named here. docs/guides/operate.md tells operators of every member.
import { withMetrics } from './metrics.ts';
import { sourceStack } from './source-stack.ts';

type Figures = Readonly<Record<string, string | number | boolean | undefined>>;

export interface CallLine {
  readonly requestId: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly answerBytes: number;
  readonly accountId: string | undefined;
  readonly keyId: string | undefined;
  readonly code: string | undefined;
  /** Whether the call was the first of its environment. */
  readonly cold: boolean;
  /** Further figures, ids and names of the call; never content. */
  readonly [figure: string]: string | number | boolean | undefined;
}

/** Of each of these that a model's call has. */
const modelMetrics = [
  'parseMs',
  'queueMs',
  'loadMs',
  'runMs',
  'encodeMs',
  'chargeMs',
  'requestBytes',
  'answerBytes',
] as const;

/** Under one name each: a share of the calls is the sum by the sample count of `durationMs`. */
const errorMetric = (status: number): string | undefined => {
  if (status >= 500) return 'ownErrors';
  if (status === 402) return 'chargeRefusals';
  if (status === 429) return 'limitRefusals';
  return status >= 400 ? 'callerErrors' : undefined;
};

/** The line of one answered call. Calls that run no model are all of lane `none`: what Lambda measures of them suffices. */
export const logCall = (line: CallLine, nowMs: number): void => {
  const lane = typeof line.lane === 'string' ? line.lane : 'none';
  const error = errorMetric(line.status);
  const metrics: string[] = ['durationMs'];
  if (lane !== 'none') for (const name of modelMetrics) if (typeof line[name] === 'number') metrics.push(name);
  if (error) metrics.push(error);
  const json = JSON.stringify({
    level: line.status >= 500 ? 'error' : 'info',
    ...line,
    lane,
    cold: String(line.cold),
    ...(error ? { [error]: 1 } : {}),
  });
  process.stdout.write(`${withMetrics(json, { dimensions: callDimensions, metrics, nowMs })}\n`);
};

const callDimensions = ['lane', 'cold'] as const;

/** Our own fault: the stack goes to the log, where alarms see it, and nowhere else. */
export const logFault = (requestId: string, fault: unknown): void => {
  const error =
    fault instanceof Error
      ? { name: fault.name, message: fault.message, stack: sourceStack(fault.stack) }
      : { name: 'unknown', message: String(fault) };
  process.stdout.write(`${JSON.stringify({ level: 'fault', requestId, ...error })}\n`);
};

/**
 * One line from a function that no caller waits for: a queue, stream or schedule.
 * @param metrics - names of the figures that nothing else measures: Lambda itself counts and times its runs
 */
export const logWork = (work: string, figures: Figures, metrics: readonly string[] = []): void => {
  const json = JSON.stringify({ level: 'info', work, ...figures });
  const counted = metrics.filter((name) => typeof figures[name] === 'number');
  process.stdout.write(`${withMetrics(json, { dimensions: workDimensions, metrics: counted, nowMs: Date.now() })}\n`);
};

const workDimensions = ['work'] as const;
