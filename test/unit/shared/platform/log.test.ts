import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { logCall, logWork } from '../../../../lambdas/shared/platform/log.ts';
import { embeddedMetrics } from '../../../support/emf-schema.ts';

const nowMs = 1_764_000_000_000;
const call = {
  requestId: 'req_01',
  route: 'inferModel',
  status: 200,
  durationMs: 12.5,
  requestBytes: 400,
  answerBytes: 90,
  accountId: 'acc_01',
  keyId: 'key_01',
  code: undefined,
  cold: false,
};
const modelCall = {
  ...call,
  lane: 'run-2gib',
  model: 'acme.iris',
  version: '1.0.0',
  parseMs: 0.2,
  runMs: 3,
  chargeMs: 4,
};

let written: string[];
const lines = () => written.map((text) => JSON.parse(text) as Record<string, unknown>);

beforeEach(() => {
  written = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

describe('the line of a call', () => {
  it('is one line, whatever it holds', () => {
    logCall({ ...call, note: 'two\nlines' }, nowMs);
    expect(written).toHaveLength(1);
    expect(written[0]?.match(/\n/g)).toHaveLength(1);
    expect(written[0]?.endsWith('\n')).toBe(true);
  });

  it('is of the embedded metric format, by lane and by cold or warm and by nothing else', () => {
    logCall(modelCall, nowMs);
    expect(embeddedMetrics(lines()[0])).toEqual({
      namespace: 'AIMass',
      dimensions: { lane: 'run-2gib', cold: 'false' },
      metrics: { durationMs: 12.5, parseMs: 0.2, runMs: 3, chargeMs: 4, requestBytes: 400, answerBytes: 90 },
    });
    expect(lines()[0]?._aws).toMatchObject({ Timestamp: nowMs });
  });

  it('tells who called what as members, which no metric is made of', () => {
    logCall({ ...modelCall, traceId: '0af7651916cd43dd8448eb211c80319c' }, nowMs);
    expect(lines()[0]).toMatchObject({
      level: 'info',
      requestId: 'req_01',
      accountId: 'acc_01',
      keyId: 'key_01',
      model: 'acme.iris',
      version: '1.0.0',
      traceId: '0af7651916cd43dd8448eb211c80319c',
    });
  });

  it('has one metric where no model runs: each more would be paid for in every lane', () => {
    logCall(call, nowMs);
    expect(embeddedMetrics(lines()[0])).toMatchObject({
      dimensions: { lane: 'none', cold: 'false' },
      metrics: { durationMs: 12.5 },
    });
    expect(Object.keys(embeddedMetrics(lines()[0]).metrics)).toEqual(['durationMs']);
  });

  it('names each figure a metric only where it is a number', () => {
    logCall({ ...modelCall, runMs: undefined, queueMs: 'soon' }, nowMs);
    const { metrics } = embeddedMetrics(lines()[0]);
    expect(Object.keys(metrics)).not.toContain('runMs');
    expect(Object.keys(metrics)).not.toContain('queueMs');
  });

  it.each([
    [400, 'callerErrors'],
    [404, 'callerErrors'],
    [402, 'chargeRefusals'],
    [429, 'limitRefusals'],
    [500, 'ownErrors'],
    [503, 'ownErrors'],
  ])('counts an answer of %i among %s', (status, name) => {
    logCall({ ...call, status }, nowMs);
    expect(embeddedMetrics(lines()[0]).metrics).toEqual({ durationMs: 12.5, [name]: 1 });
  });

  it('counts an answer below 400 among no errors', () => {
    for (const status of [200, 201, 304]) logCall({ ...call, status }, nowMs);
    for (const line of lines()) expect(Object.keys(embeddedMetrics(line).metrics)).toEqual(['durationMs']);
  });

  it('is of level error for a fault of ours alone', () => {
    for (const status of [200, 404, 429, 500]) logCall({ ...call, status }, nowMs);
    expect(lines().map(({ level }) => level)).toEqual(['info', 'info', 'info', 'error']);
  });
});

describe('the line of a worker', () => {
  it('has the figures named as metrics, by the work', () => {
    logWork('sweep', { publishedCount: 3, leftCount: 0, table: 'x' }, ['publishedCount', 'leftCount']);
    expect(lines()[0]).toMatchObject({ level: 'info', work: 'sweep', table: 'x' });
    expect(embeddedMetrics(lines()[0])).toMatchObject({
      dimensions: { work: 'sweep' },
      metrics: { publishedCount: 3, leftCount: 0 },
    });
  });

  it('has no metrics where none are named, or there are none', () => {
    logWork('run', { ok: true, runMs: 3 });
    logWork('scan', { outcome: 'skipped' }, ['durationMs']);
    for (const line of lines()) expect(line).not.toHaveProperty('_aws');
  });
});
