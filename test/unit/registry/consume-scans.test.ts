import { describe, expect, it } from 'vitest';
import { consumeScans } from '../../../lambdas/registry/routes/consume-scans.ts';
import type { ScanOutcome } from '../../../lambdas/registry/routes/scan-version.ts';
import { currentTraceparent } from '../../../lambdas/shared/platform/trace.ts';

const message = (messageId: string, receiveCount = 1, change: object = {}) => ({
  messageId,
  body: JSON.stringify({
    source: 'aimass.registry',
    'detail-type': 'VersionCompleted.v1',
    detail: {
      id: 'evt_1',
      at: '2026-11-23T20:46:00.000Z',
      accountId: 'acc_1',
      subject: 'acme.iris',
      data: { model: 'acme.iris', version: messageId },
    },
    ...change,
  }),
  attributes: { ApproximateReceiveCount: String(receiveCount) },
});

const consume = async (
  records: readonly object[],
  scan: (version: string) => Promise<ScanOutcome>,
  reject: (version: string) => Promise<ScanOutcome> = async () => ({ outcome: 'rejected', rule: 'scan_failed' }),
) => {
  const faults: string[] = [];
  const done: object[] = [];
  const { batchItemFailures } = await consumeScans({
    scan: ({ version }) => scan(version),
    reject: ({ version }) => reject(version),
    onFault: (id, fault) => void faults.push(`${id}: ${fault instanceof Error ? fault.message : fault}`),
    onDone: (figures) => void done.push(figures),
    clock: () => 1,
  })({ Records: records });
  return { failed: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), faults, done };
};

const failing = async (): Promise<ScanOutcome> => {
  throw new Error('away');
};

describe('the scan queue', () => {
  it('has delivered again what failed, and nothing else', async () => {
    const { failed, faults, done } = await consume([message('1.0.0'), message('2.0.0'), message('3.0.0')], (version) =>
      version === '2.0.0' ? failing() : Promise.resolve({ outcome: 'validated' }),
    );
    expect(failed).toEqual(['2.0.0']);
    expect(faults).toEqual(['2.0.0: away']);
    expect(done).toMatchObject([
      { version: '1.0.0', outcome: 'validated' },
      { version: '3.0.0', outcome: 'validated' },
    ]);
  });

  it('works within the trace that the upload was completed in, and tells it', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const traced = message('1.0.0');
    const body = JSON.parse(traced.body);
    const within: (string | undefined)[] = [];
    const { done } = await consume(
      [{ ...traced, body: JSON.stringify({ ...body, detail: { ...body.detail, traceparent } }) }],
      async () => {
        within.push(currentTraceparent());
        return { outcome: 'validated' };
      },
    );
    expect(within[0]).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(done).toMatchObject([{ traceId: '0af7651916cd43dd8448eb211c80319c', parentId: 'b7ad6b7169203331' }]);
  });

  it('rejects on the fifth receive what failed each time, and says so in the log', async () => {
    expect((await consume([message('1.0.0', 4)], failing)).failed).toEqual(['1.0.0']);
    const last = await consume([message('1.0.0', 5)], failing);
    expect(last.failed).toEqual([]);
    expect(last.faults).toEqual(['1.0.0: away']);
    expect(last.done).toMatchObject([{ outcome: 'rejected', rule: 'scan_failed', receiveCount: 5 }]);
  });

  it('leaves to the dead-letter queue what cannot even be rejected', async () => {
    const { failed, faults } = await consume([message('1.0.0', 5)], failing, failing);
    expect(failed).toEqual(['1.0.0']);
    expect(faults).toHaveLength(2);
  });

  it.each([
    { why: 'another event', change: { 'detail-type': 'ModelPublished.v1' } },
    { why: 'another source', change: { source: 'somebody' } },
    { why: 'no detail', change: { detail: {} } },
  ])('leaves to the dead-letter queue a message that is none of its own: $why', async ({ change }) => {
    const { failed } = await consume([message('1.0.0', 5, change)], () => Promise.resolve({ outcome: 'validated' }));
    expect(failed).toEqual(['1.0.0']);
  });
});
