// What the API's own middleware tells of a call: its line with sizes and trace, the trace handed on, the address believed.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createApi } from '../../../../lambdas/shared/platform/api.ts';
import type { Authenticate } from '../../../../lambdas/shared/platform/caller.ts';
import { outboxItem } from '../../../../lambdas/shared/platform/events.ts';
import { defineRoutes } from '../../../../lambdas/shared/platform/route.ts';
import { currentTraceparent } from '../../../../lambdas/shared/platform/trace.ts';
import { embeddedMetrics } from '../../../support/emf-schema.ts';
import { callHandler } from '../../../support/http-event.ts';

const routes = defineRoutes({
  send: {
    method: 'POST',
    path: '/v2/models/{model}/infer',
    summary: 'Send',
    auth: 'optional',
    params: z.object({ model: z.string() }),
    bodyAs: 'bytes',
    responses: { 200: { description: 'fine' } },
    errors: [],
  },
});
const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

let lines: Record<string, unknown>[];
let seen: (string | undefined)[];
let addresses: (string | undefined)[];

const authenticate: Authenticate = async ({ sourceIp }) => {
  addresses.push(sourceIp);
  return undefined;
};
const handler = createApi({
  routes,
  authenticate,
  limit: () => {
    throw new Error('nobody is known here');
  },
  clientAddress: async (headers, sourceIp) => headers['x-aimass-viewer-address'] ?? sourceIp,
  useCases: {
    send: async ({ body, figures }) => {
      seen.push(currentTraceparent());
      Object.assign(figures ?? {}, { lane: 'run-2gib', model: 'acme.iris', runMs: 1.5 });
      return {
        status: 200 as const,
        body: new Uint8Array(body.length + 1),
        headers: { 'content-type': 'application/octet-stream' },
      };
    },
  },
});
const call = { method: 'POST', path: '/v2/models/acme.iris/infer', body: new Uint8Array(1000) };

beforeEach(() => {
  lines = [];
  seen = [];
  addresses = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('the line', () => {
  it('counts bytes as the caller sent and got them, not as the gateway coded them', async () => {
    await callHandler(handler, call);
    expect(lines).toMatchObject([{ requestBytes: 1000, answerBytes: 1001 }]);
    await callHandler(handler, { ...call, body: 'é' });
    expect(lines[1]).toMatchObject({ requestBytes: 2, answerBytes: 3 });
  });

  it('has the use case’s figures as metrics, by lane and by cold or warm', async () => {
    await callHandler(handler, call);
    await callHandler(handler, call);
    expect(lines.map(embeddedMetrics)).toMatchObject([
      { dimensions: { lane: 'run-2gib' }, metrics: { runMs: 1.5, requestBytes: 1000, answerBytes: 1001 } },
      { dimensions: { lane: 'run-2gib', cold: 'false' } },
    ]);
  });

  it('is one for a refused call too, which counts as an error', async () => {
    await callHandler(handler, { ...call, path: '/v2/nothing' });
    expect(lines).toHaveLength(1);
    expect(embeddedMetrics(lines[0])).toMatchObject({ dimensions: { lane: 'none' }, metrics: { callerErrors: 1 } });
  });
});

describe('the trace', () => {
  it('is the caller’s, in the line and for whatever the use case calls', async () => {
    await callHandler(handler, { ...call, headers: { traceparent } });
    expect(lines).toMatchObject([{ traceId, parentId: 'b7ad6b7169203331' }]);
    expect(seen[0]).toBe(`00-${traceId}-${lines[0]?.spanId}-01`);
  });

  it('is Lambda’s where the caller brought none, and beside the caller’s where it did', async () => {
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1');
    await callHandler(handler, call);
    await callHandler(handler, { ...call, headers: { traceparent } });
    expect(lines).toMatchObject([
      { traceId: '5759e988bd862e3fe1be46a994272793' },
      { traceId, xrayTraceId: '5759e988bd862e3fe1be46a994272793' },
    ]);
  });

  it('that is malformed does no harm and is not repeated', async () => {
    const answer = await callHandler(handler, {
      ...call,
      headers: { traceparent: '00-"}\n{"-x', 'x-amzn-trace-id': 'Root=?' },
    });
    expect(answer.status).toBe(200);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is not answered: x-request-id is what names a call', async () => {
    const answer = await callHandler(handler, { ...call, headers: { traceparent } });
    expect(Object.keys(answer.headers)).not.toContain('traceparent');
  });

  it('travels in the events that a call writes', async () => {
    const item = createApi({
      routes,
      authenticate,
      limit: async () => {
        throw new Error('nobody is known here');
      },
      useCases: {
        send: async () => {
          const event = {
            source: 'aimass.registry',
            type: 'Tested.v1',
            accountId: 'acc_1',
            subject: 'x',
            data: {},
          } as const;
          return { status: 200 as const, body: JSON.parse(outboxItem(event, Date.now()).detail) };
        },
      },
    });
    const answer = await callHandler(item, { ...call, headers: { traceparent } });
    expect(answer.body.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    const beside = outboxItem({ source: 'aimass.x', type: 'T.v1', accountId: 'a', subject: 's', data: {} }, Date.now());
    expect(JSON.parse(beside.detail)).not.toHaveProperty('traceparent');
  });
});

it('asks who calls with the address that is believed', async () => {
  await callHandler(handler, { ...call, headers: { 'x-aimass-viewer-address': '192.0.2.1' } });
  await callHandler(handler, call);
  expect(addresses).toEqual(['192.0.2.1', '203.0.113.7']);
});
