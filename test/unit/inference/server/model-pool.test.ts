// Who is blamed, who is tried again and who waits, with children that do what the test says.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Tensor } from '../../../../lambdas/inference/domain/tensor.ts';
import type { ModelFile } from '../../../../lambdas/inference/server/child-messages.ts';
import type { ModelChildEvents } from '../../../../lambdas/inference/server/model-child.ts';
import { ModelPool, type PoolLimits } from '../../../../lambdas/inference/server/model-pool.ts';
import type { RowProofs } from '../../../../lambdas/inference/server/row-proofs.ts';

const held = { sessionCount: 0, heldBytes: 0, loadCount: 0, releaseCount: 0 };

/** A child that answers when told to. */
class FakeChild {
  readonly events: ModelChildEvents;
  readonly runs: { id: number; inputs: readonly Tensor[]; outputs: readonly string[] }[] = [];
  isGone = false;

  constructor(events: ModelChildEvents) {
    this.events = events;
  }

  /** Gives back the input, after so many milliseconds as it says. */
  answer(runMs = 1, outputs?: readonly Tensor[]) {
    const run = this.runs.shift();
    const [input] = run?.inputs ?? [];
    if (!run || !input) throw new Error('nothing to answer');
    this.events.onAnswer(
      run.id,
      { kind: 'outputs', outputs: outputs ?? [{ ...input, name: 'y' }], loadMs: 0, runMs },
      held,
    );
  }

  fail(message: string) {
    const run = this.runs.shift();
    if (run) this.events.onAnswer(run.id, { kind: 'failed', message }, held);
  }

  end(why: 'memory' | 'ended' | 'crashed') {
    if (this.isGone) return;
    this.isGone = true;
    this.events.onEnd(why);
  }
}

const modelA: ModelFile = { sha256: 'a'.repeat(64), sizeBytes: 10, path: '/a' };
const modelB: ModelFile = { sha256: 'b'.repeat(64), sizeBytes: 10, path: '/b' };
const rowOf = (value: number): Tensor => ({ name: 'x', datatype: 'UINT8', shape: [1], data: Uint8Array.of(value) });

const limits: PoolLimits = {
  lineCount: 4,
  lineBytes: 1_000,
  lineMs: 1_000,
  deadlineMs: 500,
  startMs: 2_000,
  memoryBytes: 1_000,
  joined: { rowCount: 3, sizeBytes: 1_000 },
};

const createWorld = ({ placeCount = 1, proven = false, ready = true } = {}) => {
  const children: FakeChild[] = [];
  const asked: string[] = [];
  const refused: string[] = [];
  const proofs: RowProofs = {
    isProven: (sha256) => proven && !refused.includes(sha256),
    ask: ({ sha256 }) => void asked.push(sha256),
    refuse: (sha256) => void refused.push(sha256),
    proofOf: () => undefined,
    settled: async () => {},
    close: async () => {},
  };
  const pool = new ModelPool({
    placeCount,
    limits,
    proofs,
    nowMs: () => Date.now(),
    start: (events) => {
      const child = new FakeChild(events);
      children.push(child);
      if (ready) setTimeout(() => events.onReady(), 0);
      return {
        pid: undefined,
        run: (id, _model, { inputs, outputs }) => void child.runs.push({ id, inputs, outputs }),
        kill: () => child.end('ended'),
      };
    },
  });
  const outcomes: unknown[] = [];
  const ask = (value: number, model = modelA, signal?: AbortSignal) =>
    pool.run(model, { inputs: [rowOf(value)], outputs: ['y'] }, signal).then(
      (outcome) => {
        const told = outcome.ok ? [...(outcome.outputs[0]?.data ?? [])] : outcome;
        outcomes.push(told);
        return told;
      },
      (fault: Error) => {
        outcomes.push(fault.message);
        return fault.message;
      },
    );
  const now = () => children.at(-1) as FakeChild;
  return { pool, children, asked, refused, outcomes, ask, now };
};

const turn = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** So that the child is given a second run while it has one. */
const makeQuick = async ({ ask, now }: ReturnType<typeof createWorld>) => {
  await turn(1);
  void ask(0);
  await turn();
  now().answer();
  await turn();
};

describe('a child that is lost', () => {
  it.each([
    { why: 'crashed', told: { fault: 'model_failed', message: expect.stringContaining('without an answer') } },
    { why: 'memory', told: { fault: 'model_failed', message: expect.stringContaining('1000 bytes') } },
  ] as const)('$why: its run is told, those behind go to the next child', async ({ why, told }) => {
    const world = createWorld();
    await makeQuick(world);
    void world.ask(1);
    await turn();
    void world.ask(2);
    await turn(100);
    const first = world.now();
    expect(first.runs).toHaveLength(2);
    first.end(why);
    await turn(1);
    expect(world.outcomes).toEqual([[0], { ok: false, ...told }]);
    expect(world.children).toHaveLength(2);
    world.now().answer();
    await turn();
    expect(world.outcomes.at(-1)).toEqual([2]);
  });

  it('too late: only the first run has had the time, the next has its own', async () => {
    const world = createWorld();
    await makeQuick(world);
    void world.ask(1);
    await turn();
    void world.ask(2);
    await turn(495);
    expect(world.outcomes).toEqual([[0]]);
    await turn(20);
    expect(world.outcomes.at(-1)).toMatchObject({ fault: 'model_timeout' });
    expect(world.children).toHaveLength(2);
    expect(world.now().runs).toHaveLength(1);
    await turn(470);
    expect(world.outcomes).toHaveLength(2);
    await turn(30);
    expect(world.outcomes).toHaveLength(3);
    expect(world.outcomes.at(-1)).toMatchObject({ fault: 'model_timeout' });
  });

  it('for memory just after a run began may be the one before: it is tried once more, and only once', async () => {
    const world = createWorld();
    await turn(1);
    void world.ask(1);
    await turn(5);
    world.now().end('memory');
    await turn(1);
    expect(world.outcomes).toEqual([]);
    world.now().end('memory');
    await turn(1);
    expect(world.outcomes).toEqual([expect.objectContaining({ fault: 'model_failed' })]);
  });

  it('while idle is nobody’s, and is replaced after a while', async () => {
    const world = createWorld();
    await turn(1);
    world.now().end('crashed');
    expect(world.pool.isReady).toBe(false);
    await turn(150);
    expect(world.pool.isReady).toBe(true);
    expect(world.children).toHaveLength(2);
  });

  it('again and again before it is there is tried ever more slowly', async () => {
    const world = createWorld({ ready: false });
    for (let tries = 0; tries < 12; tries++) {
      world.now().end('crashed');
      await turn(5_100);
    }
    expect(world.pool.isReady).toBe(false);
    const begun = world.children.length;
    world.now().end('crashed');
    await turn(4_000);
    expect(world.children.length).toBe(begun);
  });

  it('that lies about which run it answers, or what, is not believed', async () => {
    const world = createWorld();
    await turn(1);
    void world.ask(1);
    await turn();
    world.now().events.onAnswer(99, { kind: 'outputs', outputs: [rowOf(9)], loadMs: 0, runMs: 0 }, held);
    await turn(1);
    expect(world.outcomes).toEqual([expect.objectContaining({ fault: 'model_failed' })]);
    void world.ask(2);
    await turn(1);
    world.now().answer(1, [{ ...rowOf(9), name: 'z' }]);
    await turn(1);
    expect(world.outcomes.at(-1)).toMatchObject({ fault: 'model_failed' });
  });
});

describe('the line', () => {
  it('gives a second run to a child only while all it has is known to be quick', async () => {
    const world = createWorld();
    await makeQuick(world);
    void world.ask(1);
    await turn();
    void world.ask(2, modelB);
    await turn();
    expect(world.now().runs).toHaveLength(1);
    for (let runs = 0; runs < 2; runs++) {
      world.now().answer(1);
      await turn();
    }
    void world.ask(3);
    void world.ask(4);
    await turn();
    expect(world.now().runs).toHaveLength(2);
  });

  it('prefers the child that ran the model before', async () => {
    const world = createWorld({ placeCount: 2 });
    await turn(1);
    const [one, two] = world.children;
    void world.ask(1);
    await turn();
    void world.ask(2, modelB);
    await turn();
    one?.answer();
    two?.answer();
    await turn();
    void world.ask(3, modelB);
    await turn();
    expect([one?.runs.length, two?.runs.length]).toEqual([0, 1]);
  });

  it('refuses what is beyond its bound, and what waits too long', async () => {
    const world = createWorld();
    await turn(1);
    void world.ask(0);
    await turn();
    for (let value = 1; value <= 5; value++) void world.ask(value);
    await turn();
    expect(world.outcomes).toEqual(['too many runs wait']);
    // The first is late after half of the time, and its child replaced; so is the next; the others have waited.
    await turn(1_100);
    expect(world.outcomes.filter((told) => told === 'the run waited for 1000 ms')).toHaveLength(3);
  });

  it('forgets who has gone', async () => {
    const world = createWorld();
    await turn(1);
    void world.ask(0);
    await turn();
    const gone = new AbortController();
    void world.ask(1, modelA, gone.signal);
    void world.ask(2);
    await turn();
    gone.abort(new Error('gone'));
    await turn();
    expect(world.outcomes).toEqual(['gone']);
    world.now().answer(100);
    await turn();
    expect(world.now().runs.map(({ inputs }) => inputs[0]?.data[0])).toEqual([2]);
  });
});

describe('runs of a proven version', () => {
  const three = async (world: ReturnType<typeof createWorld>) => {
    await turn(1);
    void world.ask(9);
    await turn();
    for (const value of [1, 2, 3, 4]) void world.ask(value);
    await turn();
    world.now().answer(100);
    await turn();
  };

  it('that wait are run together, up to the limit', async () => {
    const world = createWorld({ proven: true });
    await three(world);
    expect(world.now().runs.map(({ inputs }) => [...(inputs[0]?.data ?? [])])).toEqual([[1, 2, 3]]);
    world.now().answer(100);
    await turn();
    world.now().answer(100);
    await turn();
    expect(world.outcomes).toEqual([[9], [1], [2], [3], [4]]);
    expect(world.pool.stats).toMatchObject({ answeredCount: 5, joinedCount: 3 });
  });

  it.each(['fails', 'crashes', 'is late'])('that %s together are each tried alone', async (how) => {
    const world = createWorld({ proven: true });
    await three(world);
    if (how === 'fails') world.now().fail('no');
    if (how === 'crashes') world.now().end('crashed');
    await turn(how === 'is late' ? 510 : 1);
    for (const value of [1, 2, 3]) {
      expect(world.now().runs.map(({ inputs }) => [...(inputs[0]?.data ?? [])])).toEqual([[value]]);
      if (value === 2) world.now().fail('the second is bad');
      else world.now().answer(100);
      await turn();
    }
    expect(world.outcomes).toEqual([[9], [1], expect.objectContaining({ message: 'the second is bad' }), [3]]);
  });

  it('whose joint answer has not a row for each are tried alone, and the version never joined again', async () => {
    const world = createWorld({ proven: true });
    await three(world);
    world.now().answer(100, [{ name: 'y', datatype: 'UINT8', shape: [2], data: Uint8Array.of(7, 7) }]);
    await turn();
    expect(world.refused).toEqual([modelA.sha256]);
    expect(world.now().runs.map(({ inputs }) => [...(inputs[0]?.data ?? [])])).toEqual([[1]]);
  });

  it('are not joined while there is no proof; it is asked for when it would be of use', async () => {
    const world = createWorld();
    await three(world);
    expect(world.asked).toContain(modelA.sha256);
    expect(world.now().runs).toHaveLength(1);
    expect(world.now().runs[0]?.inputs[0]?.data).toHaveLength(1);
  });
});
