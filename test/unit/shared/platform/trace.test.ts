import { describe, expect, it } from 'vitest';
import {
  beginTrace,
  currentTraceparent,
  formatTraceparent,
  inTrace,
  parseTraceparent,
  parseXrayHeader,
  traceFigures,
  workTrace,
} from '../../../../lambdas/shared/platform/trace.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${spanId}-01`;
const xray = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
const nowMs = 1_764_000_000_000;

describe('a traceparent', () => {
  it('is read as W3C writes it', () => {
    expect(parseTraceparent(traceparent)).toEqual({ traceId, parentId: spanId, sampled: true });
    expect(parseTraceparent(`00-${traceId}-${spanId}-00`)?.sampled).toBe(false);
    expect(parseTraceparent(`00-${traceId}-${spanId}-03`)?.sampled).toBe(true);
  });

  it('of a later version is read as far as this one goes', () => {
    expect(parseTraceparent(`cc-${traceId}-${spanId}-01-what-comes`)).toEqual({
      traceId,
      parentId: spanId,
      sampled: true,
    });
  });

  it.each([
    ['nothing', undefined],
    ['no text', ''],
    ['version ff', `ff-${traceId}-${spanId}-01`],
    ['more than version 00 has', `${traceparent}-more`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['a parent of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['upper case', traceparent.toUpperCase()],
    ['a trace too short', `00-${traceId.slice(1)}-${spanId}-01`],
    ['what is no hexadecimal', `00-${traceId.slice(1)}g-${spanId}-01`],
    ['a line break and more', `${traceparent}\nlevel=error`],
    ['a very long one', `cc-${traceId}-${spanId}-01-${'x'.repeat(10_000)}`],
  ])('of %s is ignored', (_what, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });
});

describe('X-Ray’s header', () => {
  it('is read in any order, as the same 32 digits', () => {
    const read = { traceId: '5759e988bd862e3fe1be46a994272793', parentId: '53995c3f42cd8ad8', sampled: true };
    expect(parseXrayHeader(xray)).toEqual(read);
    expect(
      parseXrayHeader(
        'Sampled=1; Self=1-67891234-12456789abcdef012345678; Parent=53995c3f42cd8ad8; Root=1-5759e988-bd862e3fe1be46a994272793',
      ),
    ).toEqual(read);
  });

  it('may have neither parent nor decision', () => {
    expect(parseXrayHeader('Root=1-5759e988-bd862e3fe1be46a994272793')).toEqual({
      traceId: '5759e988bd862e3fe1be46a994272793',
      parentId: undefined,
      sampled: false,
    });
  });

  it.each([undefined, '', 'Root=', 'Root=1-xyz', 'Parent=53995c3f42cd8ad8', `Root=${traceId}`])(
    '%s is ignored',
    (header) => {
      expect(parseXrayHeader(header)).toBeUndefined();
    },
  );
});

describe('a call’s trace', () => {
  it('is the caller’s, then that of X-Ray’s header, then Lambda’s own', () => {
    const other = 'Root=1-00000001-000000000000000000000002';
    expect(beginTrace({ traceparent, xrayHeader: xray, lambda: other }, nowMs)).toMatchObject({
      traceId,
      parentId: spanId,
    });
    expect(beginTrace({ traceparent: 'odd', xrayHeader: xray, lambda: other }, nowMs).traceId).toMatch(/^5759e988/);
    expect(beginTrace({ lambda: other }, nowMs).traceId).toBe('00000001000000000000000000000002');
  });

  it('is a new one that X-Ray would take where nobody began any', () => {
    const { traceId: made, parentId } = beginTrace({}, nowMs);
    expect(Number.parseInt(made.slice(0, 8), 16)).toBe(Math.floor(nowMs / 1000));
    expect(made).toMatch(/^[0-9a-f]{32}$/);
    expect(parentId).toBeUndefined();
    expect(beginTrace({}, nowMs).traceId).not.toBe(made);
  });

  it('goes on with a span of its own, and the caller’s decision to record', () => {
    const trace = beginTrace({ traceparent }, nowMs);
    expect(trace.spanId).not.toBe(spanId);
    expect(parseTraceparent(formatTraceparent(trace))).toEqual({ traceId, parentId: trace.spanId, sampled: true });
  });

  it('is told to the log, with X-Ray’s own id only where it is another', () => {
    const trace = beginTrace({ traceparent }, nowMs);
    expect(traceFigures(trace, undefined)).toEqual({ traceId, spanId: trace.spanId, parentId: spanId });
    expect(traceFigures(trace, xray)).toMatchObject({ xrayTraceId: '5759e988bd862e3fe1be46a994272793' });
    expect(traceFigures(beginTrace({ lambda: xray }, nowMs), xray)).not.toHaveProperty('xrayTraceId');
  });

  it('is that of whatever is called within, through awaits, and of nothing beside', async () => {
    const traces = [beginTrace({}, nowMs), beginTrace({}, nowMs)];
    const seen = await Promise.all(
      traces.map((trace) =>
        inTrace(trace, async () => {
          await new Promise((resolve) => setImmediate(resolve));
          return currentTraceparent();
        }),
      ),
    );
    expect(seen).toEqual(traces.map(formatTraceparent));
    expect(currentTraceparent()).toBeUndefined();
  });
});

it('tells a worker’s log the trace and the call that gave it the work', () => {
  expect(workTrace(traceparent)).toEqual({ traceId, parentId: spanId });
  expect(workTrace('odd')).toEqual({});
  expect(workTrace(undefined)).toEqual({});
});
