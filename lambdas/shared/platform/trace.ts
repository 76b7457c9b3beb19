// Which trace a call belongs to: W3C Trace Context (https://www.w3.org/TR/trace-context/) and X-Ray's header, read,
// checked, and written for whoever is called next. Ids only: X-Ray draws the segments by itself.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomHex } from './random.ts';

export interface Trace {
  /** 32 lower-case hexadecimal digits. X-Ray writes the same as `1-<8>-<24>`. */
  readonly traceId: string;
  /** 16 hexadecimal digits: this call's own part of the trace, the parent of what it calls. */
  readonly spanId: string;
  /** The caller's part of the trace, where it told. */
  readonly parentId: string | undefined;
  readonly sampled: boolean;
}

type Incoming = Omit<Trace, 'spanId'>;

const traceparentPattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** Parts of X-Ray's header stand between semicolons. */
const xrayRootPattern = /(?:^|;) *Root=1-([0-9a-f]{8})-([0-9a-f]{24}) *(?:;|$)/;
const xrayParentPattern = /(?:^|;) *Parent=([0-9a-f]{16}) *(?:;|$)/;
const xraySampledPattern = /(?:^|;) *Sampled=1 *(?:;|$)/;
const zeros = /^0+$/;

/** Longer ones are nobody's. */
const MAX_HEADER_LENGTH = 512;

/** @returns undefined for what the specification tells to ignore */
export const parseTraceparent = (header: string | undefined): Incoming | undefined => {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return undefined;
  const [, version, traceId = '', parentId = '', flags = '', rest] = traceparentPattern.exec(header.trim()) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (zeros.test(traceId) || zeros.test(parentId)) return undefined;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
};

/** `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`, its parts in any order. */
export const parseXrayHeader = (header: string | undefined): Incoming | undefined => {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return undefined;
  const [, time, unique] = xrayRootPattern.exec(header) ?? [];
  if (time === undefined || unique === undefined) return undefined;
  return {
    traceId: time + unique,
    parentId: xrayParentPattern.exec(header)?.[1],
    sampled: xraySampledPattern.test(header),
  };
};

/** Of a trace nobody began: by the form of X-Ray, whose first 32 bits are seconds. */
const newTrace = (nowMs: number): Incoming => ({
  traceId:
    Math.floor(nowMs / 1000)
      .toString(16)
      .padStart(8, '0') + randomHex(12),
  parentId: undefined,
  sampled: false,
});

export interface TraceSources {
  readonly traceparent?: string | undefined;
  /** Header `x-amzn-trace-id`. */
  readonly xrayHeader?: string | undefined;
  /** What Lambda itself says of this invocation: `_X_AMZN_TRACE_ID`. */
  readonly lambda?: string | undefined;
}

/** The caller's trace where it is well-formed, else Lambda's, else a new one. */
export const beginTrace = ({ traceparent, xrayHeader, lambda }: TraceSources, nowMs: number): Trace => ({
  ...(parseTraceparent(traceparent) ?? parseXrayHeader(xrayHeader) ?? parseXrayHeader(lambda) ?? newTrace(nowMs)),
  spanId: randomHex(8),
});

/** For what is called next, and for events. */
export const formatTraceparent = ({ traceId, spanId, sampled }: Trace): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;

/**
 * The members of a log line that name the trace; X-Ray's own id beside it where the caller brought another.
 * @param lambda - `_X_AMZN_TRACE_ID`
 */
export const traceFigures = (trace: Trace, lambda: string | undefined) => {
  const xrayTraceId = parseXrayHeader(lambda)?.traceId;
  return {
    traceId: trace.traceId,
    spanId: trace.spanId,
    parentId: trace.parentId,
    ...(xrayTraceId === undefined || xrayTraceId === trace.traceId ? {} : { xrayTraceId }),
  };
};

/** For workers: the same members from the `traceparent` that came with the work. */
export const workTrace = (traceparent: string | undefined): { traceId?: string; parentId?: string } => {
  const incoming = parseTraceparent(traceparent);
  return incoming?.parentId === undefined ? {} : { traceId: incoming.traceId, parentId: incoming.parentId };
};

const current = new AsyncLocalStorage<Trace>();

/** Runs `work` so that whatever it calls, and the events it writes, belong to the trace. */
export const inTrace = <T>(trace: Trace, work: () => T): T => current.run(trace, work);

/** Of the call that runs, for adapters that call or write on its behalf. */
export const currentTrace = (): Trace | undefined => current.getStore();

/** The same, as it is sent on. */
export const currentTraceparent = (): string | undefined => {
  const trace = current.getStore();
  return trace && formatTraceparent(trace);
};
