// The soak finds what it is there for: lanes that leak, err, grow or never evict are told.
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../lambdas/inference/domain/tensor.ts';
import { faultsOf, runSoak } from '../../soak/run-soak.ts';
import type { LaneFigures, SoakLane, SoakLaneKind } from '../../soak/soak-lane.ts';
import type { SoakModel } from '../../soak/soak-models.ts';

const tensor = (...values: readonly number[]): Tensor => ({
  name: 'y',
  datatype: 'FP32',
  shape: [values.length],
  data: new Uint8Array(Float32Array.from(values).buffer),
});

const models: readonly SoakModel[] = [1, 2, 3].map((value) => ({
  kind: 'fake',
  onnx: Uint8Array.of(value),
  outputs: ['y'],
  calls: [{ inputs: [], expected: [tensor(value)] }],
}));

interface Habits {
  readonly answer?: (expected: readonly Tensor[], call: number) => readonly Tensor[];
  readonly figures?: (call: number) => Partial<LaneFigures>;
  readonly unreleased?: number;
  readonly disturb?: SoakLane['disturb'];
  readonly exact?: boolean;
}

/** A lane that holds one model of three, and has a habit. */
const laneWith = (habits: Habits = {}): SoakLaneKind => ({
  name: 'fake',
  concurrency: 2,
  exact: habits.exact ?? true,
  start: async () => {
    let callCount = 0;
    return {
      call: async (model, call) => {
        callCount++;
        const { expected } = model.calls[call] ?? { expected: [] };
        return habits.answer?.(expected, callCount) ?? expected;
      },
      figures: () => ({
        loadCount: 10,
        evictionCount: 9,
        liveCount: 1,
        heldBytes: 50,
        budgetBytes: 100,
        residentBytes: 1_000,
        ...habits.figures?.(callCount),
      }),
      disturb: habits.disturb,
      end: async () => habits.unreleased ?? 0,
    };
  },
});

const soak = (habits?: Habits) => runSoak(laneWith(habits), models, { callCount: 2_000, seed: 1 });

describe('a soak', () => {
  it('of a lane that does well tells so, with its figures', async () => {
    const report = await soak();
    expect(faultsOf(report)).toEqual([]);
    expect(report).toMatchObject({ modelCount: 3, wrongCount: 0, leakedCount: 0, growth: 1, fullest: 0.5 });
    expect(report.callCount).toBeGreaterThanOrEqual(2_000);
  });

  it.each<{ habit: string; habits: Habits; told: RegExp }>([
    {
      habit: 'answers one call in a thousand wrongly',
      habits: { answer: (expected, call) => (call % 1_000 === 999 ? [tensor(7)] : expected) },
      told: /^2 wrong answers, the first: fake call 0: output 'y' differs/,
    },
    {
      habit: 'leaves an output out',
      habits: { answer: (expected, call) => (call === 5 ? [] : expected) },
      told: /1 wrong answers/,
    },
    {
      habit: 'fails',
      habits: {
        answer: (expected, call) => {
          if (call === 5) throw new Error('no memory');
          return expected;
        },
      },
      told: /no memory/,
    },
    {
      habit: 'rounds otherwise, where it may not',
      habits: { answer: (expected) => expected.map(({ data, ...rest }) => ({ ...rest, data: nudged(data) })) },
      told: /wrong answers/,
    },
    {
      habit: 'forgets a session without releasing it',
      habits: { figures: () => ({ liveCount: 0 }) },
      told: /1 sessions leaked/,
    },
    { habit: 'does not release all in the end', habits: { unreleased: 3 }, told: /3 sessions leaked/ },
    {
      habit: 'grows',
      habits: { figures: (call) => ({ residentBytes: 1_000 + call }) },
      told: /memory grew by a factor of/,
    },
    {
      habit: 'holds more than it may',
      habits: { figures: (call) => ({ heldBytes: call > 1_000 && call < 1_020 ? 101 : 1 }) },
      told: /the cache held 1.01 of its budget/,
    },
    {
      habit: 'never evicts',
      habits: { figures: () => ({ loadCount: 1, evictionCount: 0 }) },
      told: /nothing was evicted/,
    },
    {
      habit: 'does not take a disturbance well',
      habits: { disturb: () => Promise.reject(new Error('the host died')) },
      told: /the host died/,
    },
  ])('of a lane that $habit tells that', async ({ habits, told }) => {
    expect(faultsOf(await soak({ ...habits })).join('\n')).toMatch(told);
  });

  it('takes rounding for right where it may differ', async () => {
    const answer: Habits['answer'] = (expected) =>
      expected.map(({ data, ...rest }) => ({ ...rest, data: nudged(data) }));
    expect(faultsOf(await soak({ exact: false, answer }))).toEqual([]);
  });
});

/** The next float. */
const nudged = (data: Uint8Array): Uint8Array => {
  const bits = new Uint32Array(Uint8Array.from(data).buffer);
  bits[0] = (bits[0] ?? 0) + 1;
  return new Uint8Array(bits.buffer);
};
