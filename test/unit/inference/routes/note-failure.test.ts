// Which failed runs count against a version: those it did not survive, of inputs that its trial could stand.
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../../lambdas/inference/domain/tensor.ts';
import type { RunOutcome } from '../../../../lambdas/inference/ports.ts';
import { noteFailure } from '../../../../lambdas/inference/routes/note-failure.ts';
import type { FailureKind, PublishedVersion } from '../../../../lambdas/registry/contract.ts';

const published = {
  model: 'acme.iris',
  version: '1.0.0',
  ownerAccountId: 'acc_acme',
  signature: {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4], dims: ['n', 4] }],
    outputs: [],
  },
} as unknown as PublishedVersion;

const rows = (count: number): Tensor => ({
  name: 'x',
  datatype: 'FP32',
  shape: [count, 4],
  data: new Uint8Array(count * 16),
});

const crashed = { ok: false, fault: 'model_failed', message: 'gone', ended: true } as const;
const slow = { ok: false, fault: 'model_timeout', message: 'late', ended: true } as const;

const counted = async (
  outcome: Exclude<RunOutcome, { ok: true }>,
  inputs: readonly Tensor[] = [rows(1)],
  change: Partial<PublishedVersion> = {},
) => {
  const kinds: FailureKind[] = [];
  const failures = { note: async ({ kind }: { kind: FailureKind }) => kinds.push(kind) > 2 };
  await noteFailure({ failures, clock: () => 1 })({ published: { ...published, ...change }, inputs, outcome });
  return kinds;
};

describe('a failed run', () => {
  it('counts when its process is gone', async () => {
    expect(await counted(crashed)).toEqual(['crashed']);
    expect(await counted(slow)).toEqual(['timed_out']);
  });

  it('does not count when the runtime refused the inputs, or the answer was too large', async () => {
    expect(await counted({ ok: false, fault: 'model_failed', message: 'bad shape' })).toEqual([]);
    expect(await counted({ ok: false, fault: 'output_too_large', bytes: 1 })).toEqual([]);
  });

  it('does not count for inputs larger than the trial’s', async () => {
    expect(await counted(crashed, [rows(2)])).toEqual([]);
    expect(await counted(crashed, [rows(2)], { triedInputBytes: 32 })).toEqual(['crashed']);
    expect(await counted(crashed, [rows(3)], { triedInputBytes: 32 })).toEqual([]);
  });

  it('counts though the trial’s process told that it was tried with nothing', async () => {
    expect(await counted(crashed, [rows(1)], { triedInputBytes: 0 })).toEqual(['crashed']);
  });

  it('does not count for inputs of no elements, on which honest operators die', async () => {
    expect(await counted(crashed, [rows(0)])).toEqual([]);
  });

  it('counts for a text of some length, and not for a book', async () => {
    const text = (bytes: number): Tensor => ({ name: 'x', datatype: 'BYTES', shape: [1], data: new Uint8Array(bytes) });
    expect(await counted(crashed, [text(200)])).toEqual(['crashed']);
    expect(await counted(crashed, [text(2_000)])).toEqual([]);
  });

  it('that cannot be counted leaves the caller its answer', async () => {
    const failures = { note: () => Promise.reject(new Error('table away')) };
    const note = noteFailure({ failures, clock: () => 1 });
    await expect(note({ published, inputs: [rows(1)], outcome: crashed })).resolves.toBeUndefined();
  });

  it('is waited for no longer than its time', async () => {
    const failures = { note: () => new Promise<never>(() => {}) };
    const note = noteFailure({ failures, clock: () => 1, patienceMs: 5 });
    await expect(note({ published, inputs: [rows(1)], outcome: crashed })).resolves.toBeUndefined();
  });
});
